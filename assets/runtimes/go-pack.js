// The pack that the build makes of Go's libraries: the length of a header as 4 bytes, the header as JSON, the files.

/** Returns the header and the files as views of the pack. */
export function openPack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const files = [];
  let at = 4 + length;
  for (const { file, size } of Object.values(header.packages)) {
    files.push([file, new Uint8Array(buffer, at, size)]);
    at += size;
  }
  return { header, files };
}
