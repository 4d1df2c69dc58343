import type { Fact } from './fact.ts'

/** What is needed of a fact to see that another one tells the same happening. */
export type Told = Pick<Fact, 'id' | 'kind' | 'source' | 'code' | 'at' | 'detail'>

/** A happening as one voice tells it, and the facts of the same happening by the others. */
export type Happening<One extends Told> = { readonly told: One; readonly also: readonly One[] }

/**
 * A parcel's facts with every happening once. A carrier pushes a scan and answers it again when asked, in other words, under another code
 * and with its time written otherwise; an aggregator tells it a third time: the same kind of event at the same moment is one happening.
 * The voice that tells most of that moment is believed (a carrier may really scan twice in a second), of equals always the same one, so
 * that neither order nor number of messages matters. The order of the given facts is kept. What has no time at all stays by itself.
 */
export function tellOnce<One extends Told>(facts: readonly One[]): Happening<One>[] {
  const kept = new Map<string, readonly One[]>()
  for (const group of Map.groupBy(facts, momentOf).values()) {
    const voices = [...Map.groupBy(group, voiceOf)]
      .map(([voice, all]) => ({ voice, told: [...firstOf(all).values()] }))
      .toSorted((a, b) => b.told.length - a.told.length || (a.voice < b.voice ? -1 : 1))
    const told = new Set((voices[0]?.told ?? []).map(({ id }) => id))
    const first = group.find(({ id }) => told.has(id))
    for (const fact of group)
      if (told.has(fact.id)) kept.set(fact.id, fact === first ? group.filter(({ id }) => !told.has(id)) : [])
  }
  return facts.flatMap((fact) => {
    const also = kept.get(fact.id)
    return also === undefined ? [] : [{ told: fact, also }]
  })
}

function momentOf({ id, kind, at }: Told): string {
  const moment = at.instant?.toString() ?? (at.raw === '' ? id : at.raw)
  return `${kind}\n${moment}`
}

/** Who speaks, in which vocabulary and in which manner of writing the time: what one source says at one place. */
function voiceOf({ source, code, at }: Told): string {
  const manner = at.raw.replace(/\d+/g, '0')
  return `${source}\n${code.split(':', 1)[0]}\n${manner}`
}

/** One voice that says the same with more or fewer words beside it said it once; the smallest id stands for it. */
function firstOf<One extends Told>(facts: readonly One[]): Map<string, One> {
  const first = new Map<string, One>()
  for (const fact of facts.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const { place = '', words = '' } = fact.detail
    const said = `${fact.code}\n${place}\n${words}`
    if (!first.has(said)) first.set(said, fact)
  }
  return first
}
