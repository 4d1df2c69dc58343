/** A 64-bit id that shall stand as a number in JSON, where JavaScript's numbers would round it. */
export const int64 = (digits: string): string => `int64:${digits}`

/** JSON in which every `int64` is a bare number. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(/"int64:(\d+)"/g, '$1')
}
