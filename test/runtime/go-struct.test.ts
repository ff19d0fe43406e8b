import { describe, expect, test } from 'vitest';
import { decodeGoStruct, type GoStruct } from '../../src/runtime/go-struct.js';

const struct: GoStruct = {
  struct: 'Manifest',
  typeName: 'v1.Manifest',
  fields: {
    name: 'string',
    size: 'int64',
    digest: 'digest',
    at: 'time',
    detail: 'any',
    seen: 'present',
    names: { list: 'string' },
    labels: { map: 'string' },
    config: { struct: 'Descriptor', fields: { size: 'int64' } },
    layers: { list: { struct: 'Descriptor', fields: { size: 'int64' } } },
  },
};

const decode = (text: string, source?: 'whole' | 'first') =>
  decodeGoStruct(Buffer.from(text), struct, source);

describe('decodeGoStruct', () => {
  test('takes names without regard to case, the last of repeated ones, and drops what it does not know', () => {
    expect(decode('{"NAME":"a","name":"b","other":[1,{"x":2}]}')).toEqual({ name: 'b' });
  });

  test('takes null as absent everywhere but where presence is asked', () => {
    expect(decode('{"name":null,"config":null,"layers":null,"detail":null,"seen":null}')).toEqual({
      seen: true,
    });
    expect(decode('null')).toEqual({});
  });

  test('reads lists, maps and structs', () => {
    const text =
      '{"names":["a", "b,]"],"labels":{"x":"1","y":null},"config":{"size":3},"layers":[{"size":1},null]}';
    expect(decode(text)).toEqual({
      names: ['a', 'b,]'],
      labels: { x: '1', y: '' },
      config: { size: 3 },
      layers: [{ size: 1 }, {}],
    });
  });

  test.each([
    ['', 'unexpected end of JSON input'],
    ['{"name":', 'unexpected end of JSON input'],
    ['<html>', "invalid character '<' looking for beginning of value"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['[]', 'json: cannot unmarshal array into Go value of type v1.Manifest'],
    ['{"name":1}', 'json: cannot unmarshal number into Go struct field Manifest.name of type string'],
    ['{"size":1.5}', 'json: cannot unmarshal number 1.5 into Go struct field Manifest.size of type int64'],
    ['{"size":"1"}', 'json: cannot unmarshal string into Go struct field Manifest.size of type int64'],
    [
      '{"digest":{}}',
      'json: cannot unmarshal object into Go struct field Manifest.digest of type digest.Digest',
    ],
    ['{"names":"a"}', 'json: cannot unmarshal string into Go struct field Manifest.names of type []string'],
    [
      '{"layers":[{"size":true}]}',
      'json: cannot unmarshal bool into Go struct field Descriptor.layers.size of type int64',
    ],
    [
      '{"labels":{"a":1}}',
      'json: cannot unmarshal number into Go struct field Manifest.labels of type string',
    ],
    ['{"at":5}', 'Time.UnmarshalJSON: input is not a JSON string'],
    ['{"at":"x"}', 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'],
  ])('refuses %s in the words of Go', (text, message) => {
    expect(() => decode(text)).toThrow(message);
  });

  test('a stream ends where its first value ends, and calls an early end by other names', () => {
    expect(decode('{"name":"a"} trailing', 'first')).toEqual({ name: 'a' });
    expect(() => decode('', 'first')).toThrow(/^EOF$/);
    expect(() => decode('{"name":', 'first')).toThrow(/^unexpected EOF$/);
  });
});
