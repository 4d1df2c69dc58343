/** A wait of the machine's time, whatever the drill's clock does. The fast clock knows this file by its name. */
export function realTimer(ms: number): { readonly done: Promise<void>; readonly stop: () => void } {
  const ended = Promise.withResolvers<void>()
  const timer = setTimeout(ended.resolve, ms)
  return { done: ended.promise, stop: () => clearTimeout(timer) }
}
