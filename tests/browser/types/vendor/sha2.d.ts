/** FIPS 180-4. */
export const sha256: { create(): { update(piece: Uint8Array): unknown; digest(): Uint8Array } };
