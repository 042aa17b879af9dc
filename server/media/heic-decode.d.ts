// The package brings no types; this is what heic-child.ts uses of it.
declare module "heic-decode" {
  type Decoded = { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray };
  const decode: {
    all(input: {
      readonly buffer: Uint8Array;
    }): Promise<readonly { readonly width: number; readonly height: number; decode(): Promise<Decoded> }[]>;
  };
  export default decode;
}
