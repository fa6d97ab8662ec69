/** The part of `buffer-layout` 1.2 that is used here; the package ships no types. */
declare module 'buffer-layout' {
  export interface Layout {
    /** Size in bytes. */
    readonly span: number;
    readonly property: string | undefined;
  }
  export interface Structure extends Layout {
    offsetOf(property: string): number | undefined;
    decode(buffer: Uint8Array, offset?: number): Record<string, number | Uint8Array>;
  }
  export function u8(property: string): Layout;
  export function u16be(property: string): Layout;
  export function u24be(property: string): Layout;
  export function u32be(property: string): Layout;
  export function u32(property: string): Layout;
  export function s32be(property: string): Layout;
  export function blob(length: number, property: string): Layout;
  export function struct(fields: readonly Layout[], property?: string): Structure;
}
