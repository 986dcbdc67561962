/** FIPS 180-4. */
export const sha256: unknown;
