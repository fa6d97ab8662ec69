/** The part of cap 0.2.1 that is used; the package has no types of its own. */
declare module 'cap' {
  class Cap {
    /** Returns the name of the link type. Throws when the device cannot be opened. */
    open(device: string, filter: string, bufferSize: number, buffer: Buffer): string;
    on(event: 'packet', listener: (bytes: number, truncated: boolean) => void): void;
    on(event: 'error', listener: (error: Error) => void): void;
    close(): void;
  }
  const addon: { Cap: typeof Cap };
  export default addon;
}
