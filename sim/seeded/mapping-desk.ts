import type { Random } from '#kernel/random.ts'
import { type Deed, type Item, pick } from './deeds.ts'
import type { Answer, SimHub } from './hub.ts'

// Who decides what codes mean that nobody had heard of. Now and then somebody decides wrongly, and it is put right another day: then every
// message that waited, or was read by the wrong word, is read again.

const KINDS = ['shopify', 'youzan', 'douyin', 'zto', 'yto']
/** What its words mean is decided for the one shop, not for all of its kind. */
const OF_ONE_SHOP = 'youzan'
/** Before a word that a carrier's push invents for what it told by another one until now. */
const INVENTED = 'SIM_'
/** What a shop's invented word is taken for, by somebody who guesses; it says nothing. */
const GUESSES = ['held', 'completed'] as const

type Rules = Readonly<Record<string, string>>
type Mapping = {
  readonly defaults: readonly { readonly code: string; readonly fact: string }[]
  readonly live: { readonly rules: Rules } | null
  readonly unknown: readonly { readonly code: string }[]
}

export const MAPPING_DEEDS: readonly Deed[] = [
  {
    words: 'unheard-of codes are decided',
    weight: 8,
    do: (hub, random) => decide(hub, pick(KINDS, random), random.next() < 0.5 ? random : null),
  },
  {
    words: 'what was decided is undone',
    do: (hub, random) => {
      const kind = pick(KINDS, random)
      const connectionId = kind === OF_ONE_SHOP ? `demo-${kind}` : null
      return hub.call('POST', `/api/mapping/${kind}/rollback`, { toVersion: 1, connectionId, days: 3 })
    },
  },
  {
    words: 'messages that wait are read again',
    do: (hub) => hub.call('POST', '/api/messages/replay', { filter: { parkCode: 'mapping.unknown_code' } }),
  },
]

/** Every invented code by its true meaning. */
export async function decideAll(hub: SimHub): Promise<void> {
  for (const kind of KINDS) await decide(hub, kind, null)
}

/** Somebody takes every word of a kind that nobody had heard of for this. */
export async function takeFor(hub: SimHub, kind: string, fact: string): Promise<Answer | null> {
  return await publish(hub, kind, () => fact)
}

async function decide(hub: SimHub, kind: string, guessing: Random | null): Promise<Answer | null> {
  return await publish(hub, kind, (mapping, code) =>
    guessing === null ? meaningOf(mapping, code) : guessOf(mapping, code, guessing),
  )
}

async function publish(
  hub: SimHub,
  kind: string,
  meaning: (mapping: Mapping, code: string) => string,
): Promise<Answer | null> {
  const connectionId = kind === OF_ONE_SHOP ? `demo-${kind}` : null
  const scope = connectionId === null ? '' : `?connection=${connectionId}`
  const { body } = await hub.call('GET', `/api/mapping/${kind}${scope}`)
  const mapping = body as Mapping | null
  if (mapping === null || !Array.isArray(mapping.unknown)) return null
  const rules = mapping.live?.rules ?? {}
  const codes = [...new Set([...mapping.unknown.map(({ code }) => code), ...Object.keys(rules)])].sort()
  const next: Rules = Object.fromEntries(codes.map((code) => [code, meaning(mapping, code)]))
  if (codes.every((code) => rules[code] === next[code])) return null
  const draft = await hub.call('POST', `/api/mapping/${kind}/drafts`, {
    rules: next,
    connectionId,
    note: 'asked the platform',
  })
  const id = (draft.body as Item | null)?.id
  if (draft.status >= 300 || id === undefined) return draft
  return await hub.call('POST', `/api/mapping/drafts/${id}/publish`, { days: 7 })
}

function meaningOf({ defaults }: Mapping, code: string): string {
  const meant = code.includes(INVENTED) ? code.replace(INVENTED, '') : null
  return defaults.find((one) => one.code === meant)?.fact ?? 'none'
}

/** A carrier's word is never guessed: it would be a scan that never happened. */
function guessOf(mapping: Mapping, code: string, random: Random): string {
  return code.includes(INVENTED) ? meaningOf(mapping, code) : pick(GUESSES, random)
}
