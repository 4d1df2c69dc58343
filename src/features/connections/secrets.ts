import type { Settings } from '#domain/connector.ts'
import type { Vault } from '#platform/vault.ts'

export function sealSecrets(vault: Vault, secrets: Settings): Uint8Array {
  return vault.seal(Buffer.from(JSON.stringify(secrets)))
}

export function openSecrets(vault: Vault, sealed: Uint8Array): Record<string, string> {
  return JSON.parse(Buffer.from(vault.open(sealed)).toString()) as Record<string, string>
}
