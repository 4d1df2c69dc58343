import { isCarrierCode } from '#domain/carrier.ts'
import type { Connector, SettingField, Settings } from '#domain/connector.ts'
import type { PostalContact } from '#domain/waybill.ts'
import type { Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { openJson, sealJson } from './contacts.ts'
import type { WaybillDeps } from './deps.ts'
import { type AccountRow, readAccounts, saveAccount, saveSender } from './store.ts'

export type AccountInput = {
  readonly connectionId: string
  readonly carrier: string
  readonly name: string
  readonly service: string | null
  /** Empty secrets keep what is stored. */
  readonly settings: Settings
  readonly warehouses: readonly string[]
  readonly priority: number
  readonly mode: 'auto' | 'by_hand'
  readonly active: boolean
}

/**
 * Adds or changes an account. Refused with `waybills.connection_unfit` (no such connection, or it makes no waybills),
 * `waybills.carrier_unknown`, `waybills.setting_missing`, `waybills.setting_unknown`, `waybills.name_taken`,
 * `waybills.account_not_found`, `waybills.account_fixed_conflict` (another connection or carrier than it has).
 */
export async function editAccount(
  tx: Sql,
  deps: Pick<WaybillDeps, 'find' | 'vault'>,
  id: bigint | null,
  input: AccountInput,
  by: { readonly actor: string; readonly now: Instant },
): Promise<Result<bigint>> {
  const connector = deps.find(input.connectionId)?.connector
  const terms = connector?.waybill
  if (connector === undefined || terms === undefined)
    return refuse('waybills.connection_unfit', `${input.connectionId} is no connection that makes waybills`)
  if (!isCarrierCode(input.carrier) || !(connector.carriers ?? []).includes(input.carrier))
    return refuse('waybills.carrier_unknown', `${connector.kind} makes no waybills of ${input.carrier}`)
  const before = id === null ? null : ((await readAccounts(tx)).find((one) => one.id === id) ?? null)
  if (id !== null && before === null) return refuse('waybills.account_not_found', `there is no account ${id}`)
  if (before !== null && (before.connection_id !== input.connectionId || before.carrier !== input.carrier))
    return refuse(
      'waybills.account_fixed_conflict',
      'its waybills and numbers belong to its connection and carrier: add another account, and stop this one',
    )
  const settings = settingsOf(terms.accountFields, input.settings, before === null ? {} : open(deps, before))
  if (!settings.ok) return settings
  const saved = await saveAccount(
    tx,
    id,
    { ...input, sealed: sealJson(deps.vault, settings.value) },
    by.actor,
    by.now,
  )
  return saved === null ? refuse('waybills.name_taken', `another account is called ${input.name}`) : ok(saved)
}

function open({ vault }: Pick<WaybillDeps, 'vault'>, row: AccountRow): Settings {
  return openJson(vault, row.sealed) as Settings
}

function settingsOf(fields: readonly SettingField[], given: Settings, before: Settings): Result<Settings> {
  const strange = Object.keys(given).find((name) => fields.every((field) => field.name !== name))
  if (strange !== undefined)
    return refuse('waybills.setting_unknown', `${strange} is no setting of this kind of account`)
  const entries = fields.map((field): [SettingField, string] => {
    const typed = (given[field.name] ?? '').trim()
    const kept = field.secret && typed === '' ? (before[field.name] ?? '') : typed
    return [field, kept === '' ? (field.default ?? '') : kept]
  })
  const missing = entries.find(([field, value]) => field.required && value === '')
  if (missing !== undefined) return refuse('waybills.setting_missing', `${missing[0].name} is missing`)
  return ok(Object.fromEntries(entries.map(([field, value]) => [field.name, value])))
}

/** An account's settings as they may be shown: secrets only as whether they are there. */
export function shownSettings(
  deps: Pick<WaybillDeps, 'vault'>,
  row: AccountRow,
  connector: Connector | undefined,
): Settings {
  const settings = open(deps, row)
  const secret = new Set(
    (connector?.waybill?.accountFields ?? []).flatMap((one) => (one.secret ? [one.name] : [])),
  )
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      secret.has(name) && value !== '' ? '••••••' : value,
    ]),
  )
}

/** Refused with `waybills.warehouse_not_found`. */
export async function editSender(
  tx: Sql,
  warehouse: string,
  sender: PostalContact,
  by: { readonly actor: string; readonly now: Instant },
): Promise<Result<null>> {
  const saved = await saveSender(tx, warehouse, sender, by.actor, by.now)
  return saved ? ok(null) : refuse('waybills.warehouse_not_found', `there is no warehouse ${warehouse}`)
}
