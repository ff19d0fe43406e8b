/** As much of protocol buffers as CRI's image calls need: strings and messages, by field number. */
export type ProtoFields = Readonly<Record<number, string | Uint8Array | undefined>>;

/** Empty strings are left out, as proto3 does. */
export function encodeMessage(fields: ProtoFields): Uint8Array {
  const pieces = Object.entries(fields).flatMap(([field, value]) => {
    if (value === undefined || value === '') return [];
    const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(value);
    return [varint(Number(field) * 8 + lengthDelimited), varint(bytes.length), bytes];
  });
  return Buffer.concat(pieces);
}

/** The length-delimited fields of a message, each with its values in order; numbers are passed over. */
export function decodeMessage(bytes: Uint8Array): ReadonlyMap<number, readonly Buffer[]> {
  const fields = new Map<number, Buffer[]>();
  const reader = { bytes: Buffer.from(bytes), at: 0 };
  while (reader.at < reader.bytes.length) {
    const key = readVarint(reader);
    const size = sizeOf(key & 7, reader);
    const value = reader.bytes.subarray(reader.at, reader.at + size);
    reader.at += size;
    if ((key & 7) === lengthDelimited) fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value]);
  }
  return fields;
}

const lengthDelimited = 2;

interface Reader {
  readonly bytes: Buffer;
  at: number;
}

/** How many bytes of a value follow its key. */
function sizeOf(wireType: number, reader: Reader): number {
  switch (wireType) {
    case 0:
      readVarint(reader);
      return 0;
    case 1:
      return 8;
    case lengthDelimited:
      return readVarint(reader);
    case 5:
      return 4;
    default:
      throw new Error(`protobuf wire type ${wireType} is not expected`);
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function readVarint(reader: Reader): number {
  let value = 0;
  for (let factor = 1; ; factor *= 0x80) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) throw new Error('protobuf message ends in the middle of a number');
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
  }
}
