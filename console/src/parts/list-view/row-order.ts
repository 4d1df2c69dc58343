/** The keys of the list last shown, in its order, so that a drawer can step to the next row without knowing the list. */
let keys: readonly string[] = []

export function rememberRowOrder(next: readonly string[]): void {
  keys = [...new Set(next)]
}

export function neighbours(key: string): { readonly previous: string | null; readonly next: string | null } {
  const at = keys.indexOf(key)
  if (at < 0) return { previous: null, next: null }
  return { previous: keys[at - 1] ?? null, next: keys[at + 1] ?? null }
}
