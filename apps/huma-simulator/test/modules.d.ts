declare module 'js-yaml' {
  /** Writes a value as YAML. */
  export const dump: (value: unknown, options: { lineWidth: number; noRefs: boolean; sortKeys?: boolean }) => string;
  export const load: (text: string) => unknown;
}
