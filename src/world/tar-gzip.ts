import { crc32 } from 'node:zlib';

/**
 * A tar archive (POSIX ustar) of one small text file, owned by root, dated 1970: the same bytes on every machine.
 *
 * @param name at most 100 ASCII characters
 */
export function tarOfOneFile(name: string, content: string): Buffer {
  const body = Buffer.from(content);
  const padded = Math.ceil(body.length / blockSize) * blockSize;
  // Two empty blocks end an archive.
  const tar = Buffer.alloc(blockSize + padded + 2 * blockSize);
  writeHeader(tar, name, body.length);
  body.copy(tar, blockSize);
  return tar;
}

/**
 * gzip without compression: stored blocks (RFC 1951 §3.2.4), no name, no time. What a compressor makes of the same
 * bytes differs between zlib versions, and with it every digest; this does not.
 */
export function gzipStored(content: Uint8Array): Buffer {
  const parts: Uint8Array[] = [Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])];
  for (let start = 0; start === 0 || start < content.length; start += maxStored) {
    const block = content.subarray(start, start + maxStored);
    const head = Buffer.alloc(5);
    head[0] = start + maxStored >= content.length ? 1 : 0;
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(block.length ^ 0xffff, 3);
    parts.push(head, block);
  }
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(content), 0);
  tail.writeUInt32LE(content.length, 4);
  return Buffer.concat([...parts, tail]);
}

const blockSize = 512;
const maxStored = 0xffff;

/** Field offsets of the ustar header. */
function writeHeader(tar: Buffer, name: string, sizeBytes: number): void {
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  tar.write(name, 0, 100, 'ascii');
  tar.write(octal(0o644, 7), 100);
  tar.write(octal(0, 7), 108);
  tar.write(octal(0, 7), 116);
  tar.write(octal(sizeBytes, 11), 124);
  tar.write(octal(0, 11), 136);
  tar.write('        ', 148);
  tar.write('0', 156);
  tar.write('ustar\x0000', 257);
  tar.write('root', 265);
  tar.write('root', 297);
  const sum = tar.subarray(0, blockSize).reduce((total, byte) => total + byte, 0);
  tar.write(`${octal(sum, 6)} `, 148);
}
