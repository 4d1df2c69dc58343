import type { Connector, SettingField, Settings } from '#domain/connector.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { zoneOf } from '#kernel/source-time-place.ts'
import { targetFault, targetKind } from './target.ts'

export type SplitSettings = { readonly plain: Settings; readonly secrets: Settings }

/** Longest value: a PEM key chain fits, a file does not. */
const VALUE_LIMIT = 16_384

/**
 * Merges what an operator typed into what is stored and checks it against the connector's fields. An absent field keeps
 * its value, null or blank removes it. Refused: `connections.unknown_field`, `bad_value`, `bad_option`, `bad_url`,
 * `private_target`, `bad_zone`, `missing_field`; the detail names the field and never a secret's value.
 */
export function parseSettings(
  connector: Connector,
  typed: Readonly<Record<string, string | null>>,
  stored: SplitSettings,
  allowLoopback: boolean,
): Result<SplitSettings> {
  const plain: Record<string, string> = { ...stored.plain }
  const secrets: Record<string, string> = { ...stored.secrets }
  for (const [name, value] of Object.entries(typed)) {
    const field = connector.fields.find((one) => one.name === name)
    if (field === undefined)
      return refuse('connections.unknown_field', `${connector.kind} has no setting "${name.slice(0, 60)}"`, {
        name,
      })
    const target = field.secret ? secrets : plain
    const text = value?.trim() ?? ''
    delete target[name]
    if (text === '') continue
    const checked = checkValue(field, text, allowLoopback)
    if (!checked.ok) return checked
    target[name] = text
  }
  const missing = connector.fields.filter(
    (field) =>
      field.required &&
      field.default === undefined &&
      (field.secret ? secrets : plain)[field.name] === undefined,
  )
  if (missing.length > 0) {
    const names = missing.map((field) => field.name)
    return refuse('connections.missing_field', `still needed: ${names.join(', ')}`, { names })
  }
  return ok({ plain, secrets })
}

/**
 * The stored secrets that a change would send to another address than the one they were typed for: names, in the order of
 * the fields. Empty when no address changes (a default counts as the address it is), or when all were typed or removed.
 */
export function secretsKeptForNewTarget(
  connector: Connector,
  typed: Readonly<Record<string, string | null>>,
  stored: SplitSettings,
  next: SplitSettings,
): string[] {
  const moved = connector.fields.some(
    ({ name, default: fallback }) =>
      targetKind(name) !== null && (stored.plain[name] ?? fallback) !== (next.plain[name] ?? fallback),
  )
  if (!moved) return []
  return connector.fields
    .filter(
      ({ name, secret, onlyVerifies }) =>
        secret && onlyVerifies !== true && stored.secrets[name] !== undefined,
    )
    .filter(({ name }) => !Object.hasOwn(typed, name))
    .map(({ name }) => name)
}

function checkValue(field: SettingField, text: string, allowLoopback: boolean): Result<null> {
  const { name } = field
  if (text.length > VALUE_LIMIT || hasControls(text))
    return refuse('connections.bad_value', `"${name}" is too long or holds control characters`, { name })
  if (field.options !== undefined && !field.options.includes(text))
    return refuse('connections.bad_option', `"${name}" is one of: ${field.options.join(', ')}`, { name })
  if (name === 'zone' && zoneOf(text) === null)
    return refuse('connections.bad_zone', `"${name}" is an IANA zone such as Asia/Shanghai`, { name })
  const kind = targetKind(name)
  const fault = kind === null ? null : targetFault(text, kind, allowLoopback)
  if (fault === 'not_a_url')
    return refuse('connections.bad_url', `"${name}" is not a plain http(s) address`, { name })
  if (fault === 'private_target')
    return refuse(
      'connections.private_target',
      `"${name}" points at this machine or a private network; PRIVATE_TARGETS names those that may be called`,
      {
        name,
      },
    )
  return ok(null)
}

/** Control characters other than the line breaks of a PEM key. */
function hasControls(text: string): boolean {
  for (const character of text) {
    const code = character.charCodeAt(0)
    if ((code < 32 && code !== 10 && code !== 13 && code !== 9) || code === 127) return true
  }
  return false
}

/** What the connector is given: defaults, then the stored values, then the connection's own zone. */
export function effectiveSettings(connector: Connector, split: SplitSettings, zone: string | null): Settings {
  const defaults = connector.fields.flatMap(({ name, default: value }) =>
    value === undefined ? [] : [[name, value]],
  )
  return {
    ...Object.fromEntries(defaults),
    ...split.plain,
    ...split.secrets,
    ...(zone === null ? {} : { zone }),
  }
}

/** Replaces every secret in words that came back from outside; a platform may quote what it was sent. */
export function withoutSecrets(words: string, secrets: Settings): string {
  const values = Object.values(secrets).filter((value) => value.length >= 4)
  return values.reduce((text, value) => text.replaceAll(value, '•••'), words).slice(0, 500)
}
