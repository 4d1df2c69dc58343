import type { Connector, Settings } from '#domain/connector.ts'
import type { WaybillAsk } from '#domain/waybill.ts'

/** Shorter ones stand in other words by chance. */
const SECRET_LEAST = 4
const NAME_LEAST = 2
const STREET_LEAST = 4
const SEALED_LEAST = 8

/** Texts of an ask that nothing may keep in plain: the recipient's name, phone and street, and the account's secrets. */
export function privateTexts(
  { to, sealedTo, account }: Pick<WaybillAsk, 'to' | 'sealedTo' | 'account'>,
  connector: Pick<Connector, 'waybill'>,
): string[] {
  const sealed = Object.values(sealedTo?.data ?? {}).filter((text) => text.length >= SEALED_LEAST)
  const digits = to.phone.replace(/\D/g, '').replace(/^86(?=1\d{10}$)/, '')
  const phones = [to.phone, digits].filter((text) => text.length >= SECRET_LEAST)
  const name = [...to.name].length >= NAME_LEAST ? [to.name] : []
  const street = to.address.length >= STREET_LEAST ? [to.address] : []
  return [...accountSecrets(account, connector), ...phones, ...name, ...street, ...sealed]
}

export function accountSecrets(account: Settings, { waybill }: Pick<Connector, 'waybill'>): string[] {
  return (waybill?.accountFields ?? [])
    .flatMap(({ name, secret }) => (secret ? [account[name] ?? ''] : []))
    .filter((text) => text.length >= SECRET_LEAST)
}

/** A carrier may quote what it was sent; its words go to the waybill's history, the outbox and the workbench. */
export function hideTexts(words: string, texts: readonly string[]): string {
  return texts
    .toSorted((a, b) => b.length - a.length)
    .reduce((hidden, text) => hidden.replaceAll(text, '•••'), words)
}
