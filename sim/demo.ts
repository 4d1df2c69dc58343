import type { Hub } from '#app/main.ts'

export type DemoOptions = { readonly rate: number; readonly freshData: boolean }

/** Starts the simulated world beside a hub. */
export async function startDemo(_hub: Hub, _options: DemoOptions, out: (line: string) => void): Promise<{ stop: () => Promise<void> }> {
  out('demo: no world yet')
  return { stop: async () => undefined }
}
