declare module 'vxtrace:kernel' {
  /** The kernel, compiled to WebAssembly. */
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
