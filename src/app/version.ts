import { readFileSync } from 'node:fs'

/** The release, as package.json says. */
export function readVersion(): string {
  const manifest: { version?: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  )
  return manifest.version ?? '0.0.0'
}
