import type { Words } from '#domain/notice.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import {
  type Change,
  changeSet,
  changeVersion,
  decideAnew,
  handOf,
  type InForceChange,
  modelOf,
  NO_GRAY,
  partOf,
  stepOf,
  tell,
  versionGone,
} from './change-set.ts'
import { BPS_OF_ALL } from './core/bucket.ts'
import type { By, RulebookDeps } from './deps.ts'
import {
  type ApprovalAsks,
  findBefore,
  readVersion,
  saveApproval,
  saveSet,
  setState,
  type VersionRow,
} from './store.ts'

/** What came of asking for a publication. */
export type Publication = 'published' | 'waiting'

/**
 * Lets a share of the orders, or all of them, be decided by a version. Where the set wants two people and this one had a hand in it, another
 * is asked. Refuses with `rulebook.wrong_state_conflict`, `rulebook.cases_failed`, `rulebook.dry_run_missing`, `rulebook.no_gray`,
 * `rulebook.because_missing`, `rulebook.gray_runs_conflict`, `rulebook.set_retired_conflict`, and as the kind's hook does.
 */
export async function publishVersion(
  deps: RulebookDeps,
  by: By,
  versionId: bigint,
  asks: ApprovalAsks,
): Promise<Result<Publication>> {
  const done = await changeVersion(
    deps,
    by,
    versionId,
    async (change, version): Promise<Result<Publication>> => {
      const allowed = await mayPublish(change, version, asks)
      if (!allowed.ok) return allowed
      if (change.set.needs_approval && !isSecondPerson(by, version)) {
        await askApproval(change, version, asks)
        return ok('waiting')
      }
      const published = await carryOut(change, version, asks)
      return published.ok ? ok('published') : published
    },
  )
  if (done.ok && done.value === 'published') await deps.directory.refresh()
  return done
}

/** A program is nobody's second person. */
function isSecondPerson(by: By, { hands }: VersionRow): boolean {
  return by.kind === 'user' && !hands.includes(handOf(by))
}

async function mayPublish(
  { tx, deps, set }: Change,
  version: VersionRow,
  asks: ApprovalAsks,
): Promise<Result<null>> {
  const part = partOf(deps, set.kind)
  if (!part.ok) return part
  const { kind } = part.value
  if (!set.active) return refuse('rulebook.set_retired_conflict', 'the set is retired; resume it first')
  const step = stepOf(version, asks.do === 'gray' ? 'try' : 'publish')
  if (!step.ok) return step
  if (asks.do === 'gray' && !kind.gray)
    return refuse('rulebook.no_gray', `rules of kind ${kind.kind} go live for all orders at once`)
  if (set.gray_version !== null)
    return refuse(
      'rulebook.gray_runs_conflict',
      'another version is being tried; promote it or roll it back first',
    )
  if (kind.gray && asks.do === 'live' && asks.because.trim() === '')
    return refuse('rulebook.because_missing', 'going live without a share first needs a reason')
  if (kind.gray && version.dry_run_id === null)
    return refuse('rulebook.dry_run_missing', `a dry run of v${version.number} has to pass first`)
  const model = await modelOf(tx, deps, version.id)
  if (!model.ok) return model
  const rules = deps.engine.compile(kind, model.value)
  if (!rules.ok) return rules
  const failed = (await deps.runCases(tx, set.id, rules.value)).filter(({ passed }) => !passed)
  return failed.length === 0
    ? ok(null)
    : refuse(
        'rulebook.cases_failed',
        `test cases fail: ${failed
          .map(({ name }) => name)
          .join(', ')
          .slice(0, 300)}`,
        {
          cases: failed.map(({ id }) => id.toString()),
        },
      )
}

async function askApproval(change: Change, version: VersionRow, asks: ApprovalAsks): Promise<void> {
  const { tx, by, now } = change
  await saveApproval(tx, version.id, {
    state: 'waiting',
    asks,
    askedBy: by.name,
    askedById: handOf(by),
    by: null,
    words: null,
    now,
  })
  const [zh, en] = [
    `申请发布 v${version.number}，待另一人批准`,
    `asks another person to publish v${version.number}`,
  ]
  await tell(change, version, 'approval_asked', { zh, en }, { ...asks })
}

/**
 * Another person says yes, and the version is published as it was asked for; or no. Refuses with `rulebook.approval_not_found`,
 * `rulebook.own_approval_forbidden`, and as publishing does.
 */
export async function decideApproval(
  deps: RulebookDeps,
  by: By,
  versionId: bigint,
  { yes, words }: { readonly yes: boolean; readonly words: string },
): Promise<Result<null>> {
  const done = await changeVersion(deps, by, versionId, async (change, version): Promise<Result<null>> => {
    const asks = version.approval_asks
    if (version.approval !== 'waiting' || asks === null)
      return refuse('rulebook.approval_not_found', `nobody asks to publish v${version.number}`)
    if (yes && (!isSecondPerson(by, version) || version.approval_asked_by_id === handOf(by)))
      return refuse(
        'rulebook.own_approval_forbidden',
        'who wrote, checked or asked for it does not approve it',
      )
    await saveApproval(change.tx, version.id, {
      state: yes ? 'approved' : 'rejected',
      asks,
      askedBy: version.approval_asked_by ?? '',
      askedById: version.approval_asked_by_id ?? '',
      by: by.name,
      words: words.trim(),
      now: change.now,
    })
    const said = words.trim() === '' ? '' : `：${words.trim()}`
    await tell(change, version, yes ? 'approved' : 'rejected', {
      zh: `${yes ? '批准' : '驳回'}发布 v${version.number}${said}`,
      en: `publication of v${version.number} ${yes ? 'approved' : 'rejected'}${said.replace('：', ': ')}`,
    })
    if (!yes) return ok(null)
    const allowed = await mayPublish(change, version, asks)
    if (!allowed.ok) return allowed
    return await carryOut(change, version, asks)
  })
  if (done.ok && yes) await deps.directory.refresh()
  return done
}

async function carryOut(change: Change, version: VersionRow, asks: ApprovalAsks): Promise<Result<null>> {
  return asks.do === 'gray'
    ? await startGray(change, version, asks)
    : await goLive(change, version, 'published', liveWords(version, asks.because))
}

function liveWords({ number }: VersionRow, because: string): Words {
  const why = because.trim()
  return {
    zh: `v${number} 全量生效${why === '' ? '' : `：${why}`}`,
    en: `v${number} is live for all orders${why === '' ? '' : `: ${why}`}`,
  }
}

async function startGray(
  change: Change,
  version: VersionRow,
  { bps, watchMinutes }: ApprovalAsks,
): Promise<Result<null>> {
  const { tx, set, now } = change
  await setState(tx, version.id, 'gray', now)
  const decided = await decideAnew(
    change,
    {
      gray_version: version.id,
      gray_bps: bps,
      // Of the version, so that a share that is stopped and begun anew takes the same orders.
      gray_salt: `${version.id}:${version.hash}`,
      gray_watch: `${version.id}:${set.revision + 1n}`,
      gray_started_at: now,
      gray_until: watchMinutes === 0 ? null : now.add({ minutes: watchMinutes }),
      gray_waits: null,
    },
    'gray',
  )
  if (!decided.ok) return decided
  const words = {
    zh: `v${version.number} 灰度 ${percent(bps)}${watchMinutes === 0 ? '，人工全量' : `，观察 ${watchMinutes} 分钟`}`,
    en: `v${version.number} decides ${percent(bps)} of the orders${watchMinutes === 0 ? ', a person promotes it' : `, watched for ${watchMinutes} minutes`}`,
  }
  await tell(change, version, 'gray', words, { bps, watchMinutes })
  return ok(null)
}

/** The version takes the live one's place; the set must be locked. */
async function goLive(
  change: Change,
  version: VersionRow,
  what: string,
  words: Words,
): Promise<Result<null>> {
  const { tx, set, now } = change
  const before = set.live_version
  if (before !== null && before !== version.id)
    await setState(tx, before, 'retired', now, `v${version.number}: ${words.zh}`)
  await setState(tx, version.id, 'live', now)
  const fields: InForceChange = { ...NO_GRAY, live_version: version.id, previous_version: before }
  const decided = await decideAnew(change, fields, what)
  if (!decided.ok) return decided
  await tell(change, version, what, words)
  return ok(null)
}

/** Grows or shrinks the share; orders that are in stay in while it grows. Refuses with `rulebook.no_gray_conflict`. */
export async function setShare(
  deps: RulebookDeps,
  by: By,
  setId: bigint,
  bps: number,
): Promise<Result<null>> {
  const done = await changeSet(deps, by, setId, async (change): Promise<Result<null>> => {
    const version = await grayOf(change)
    if (!version.ok) return version
    const decided = await decideAnew(change, { gray_bps: bps }, 'share')
    if (!decided.ok) return decided
    const [was, is] = [percent(change.set.gray_bps), percent(bps)]
    const words = { zh: `灰度比例 ${was} → ${is}`, en: `gray share ${was} → ${is}` }
    await tell(change, version.value, 'share', words, { bps, was: change.set.gray_bps })
    return ok(null)
  })
  if (done.ok) await deps.directory.refresh()
  return done
}

/** The gray version decides everything from now on. Refuses with `rulebook.no_gray_conflict`, and as the kind's hook does. */
export async function promote(
  deps: RulebookDeps,
  by: By,
  setId: bigint,
  because: Words,
  watch: string | null = null,
): Promise<Result<null>> {
  const done = await changeSet(deps, by, setId, async (change): Promise<Result<null>> => {
    const version = await grayOf(change, watch)
    if (!version.ok) return version
    const step = stepOf(version.value, 'promote')
    if (!step.ok) return step
    const { number } = version.value
    return await goLive(change, version.value, 'promoted', {
      zh: `v${number} 由灰度转为全量：${because.zh}`,
      en: `v${number} promoted to all orders: ${because.en}`,
    })
  })
  if (done.ok) await deps.directory.refresh()
  return done
}

async function grayOf({ tx, set }: Change, watch: string | null = null): Promise<Result<VersionRow>> {
  const version = set.gray_version === null ? null : await readVersion(tx, set.gray_version)
  // The sweep judged a watch that a person has ended since.
  return version === null || (watch !== null && watch !== set.gray_watch)
    ? refuse('rulebook.no_gray_conflict', 'no version of this set is being tried on a share of the orders')
    : ok(version)
}

export type RollBack = {
  readonly because: Words
  /** Null: stops the gray version, or where there is none goes back to the version before the live one. */
  readonly to: bigint | null
  /** By a guard: only if this watch still runs. */
  readonly watch?: string
  readonly guard?: string
}

/**
 * One click back, never an approval. With no earlier version nothing of this set decides any more, as before its first one. Refuses with
 * `rulebook.nothing_live_conflict`, `rulebook.version_not_found`, `rulebook.wrong_state_conflict`, and as the kind's hook does.
 */
export async function rollBack(
  deps: RulebookDeps,
  by: By,
  setId: bigint,
  { because, to, watch, guard }: RollBack,
): Promise<Result<null>> {
  const done = await changeSet(deps, by, setId, async (change): Promise<Result<null>> => {
    const { set } = change
    if (watch !== undefined && watch !== set.gray_watch)
      return refuse('rulebook.no_gray_conflict', 'that gray version is no longer being tried')
    if (to === null && set.gray_version !== null) return await stopGray(change, because, guard ?? null)
    return await goBack(change, because, to)
  })
  if (done.ok) await deps.directory.refresh()
  return done
}

async function stopGray(change: Change, because: Words, guard: string | null): Promise<Result<null>> {
  const { tx, now, set } = change
  const version = await grayOf(change)
  if (!version.ok) return version
  await setState(tx, version.value.id, 'retired', now, because.zh)
  const decided = await decideAnew(change, NO_GRAY, 'rolled_back')
  if (!decided.ok) return decided
  const { number } = version.value
  const words = {
    zh: `灰度 v${number} 已回滚：${because.zh}`,
    en: `gray v${number} rolled back: ${because.en}`,
  }
  await tell(change, version.value, 'rolled_back', words, { guard, bps: set.gray_bps, watch: set.gray_watch })
  return ok(null)
}

async function goBack(change: Change, because: Words, to: bigint | null): Promise<Result<null>> {
  const { tx, set, now, deps } = change
  const live = set.live_version === null ? null : await readVersion(tx, set.live_version)
  if (live === null && to === null)
    return refuse(
      'rulebook.nothing_live_conflict',
      'nothing of this set decides, so there is nothing to take back',
    )
  const targetId = to ?? set.previous_version
  const target = targetId === null ? null : await readVersion(tx, targetId)
  if (to !== null && target?.set_id !== set.id) return versionGone()
  if (target !== null) {
    const allowed = await mayComeBack(change, target)
    if (!allowed.ok) return allowed
  }
  // First what leaves: one live version at a time is the table's own rule.
  if (set.gray_version !== null) await setState(tx, set.gray_version, 'retired', now, because.zh)
  if (live !== null) await setState(tx, live.id, 'retired', now, because.zh)
  if (target !== null) await setState(tx, target.id, 'live', now)
  const before = target === null ? null : await findBefore(tx, set.id, target.number)
  const fields = { ...NO_GRAY, live_version: target?.id ?? null, previous_version: before }
  const decided = await decideAnew({ ...change, deps }, fields, 'rolled_back')
  if (!decided.ok) return decided
  const [from, back] = [live === null ? '-' : `v${live.number}`, target === null ? null : `v${target.number}`]
  const words = {
    zh: `${from} 回滚到${back === null ? '无规则' : ` ${back}`}：${because.zh}`,
    en: `rolled back from ${from} to ${back ?? 'no rules'}: ${because.en}`,
  }
  await tell(change, target ?? live, 'rolled_back', words, {
    from: live?.number ?? null,
    to: target?.number ?? null,
  })
  return ok(null)
}

async function mayComeBack({ tx, deps, set }: Change, target: VersionRow): Promise<Result<null>> {
  const step = stepOf(target, 'restore')
  if (!step.ok) return step
  if (target.live_at === null)
    return refuse('rulebook.wrong_state_conflict', `v${target.number} has never decided for all orders`, {
      state: target.state,
    })
  const part = partOf(deps, set.kind)
  const model = part.ok ? await modelOf(tx, deps, target.id) : part
  if (!part.ok || !model.ok) return part.ok ? (model as Result<never>) : part
  const rules = deps.engine.compile(part.value.kind, model.value)
  return rules.ok ? ok(null) : rules
}

/** The watch goes on; told once for each reason. */
export async function prolong(
  deps: RulebookDeps,
  by: By,
  setId: bigint,
  { watch, code, words, minutes }: { watch: string; code: string; words: Words; minutes: number },
): Promise<Result<null>> {
  return await changeSet(deps, by, setId, async (change): Promise<Result<null>> => {
    const { tx, set, now } = change
    const version = await grayOf(change, watch)
    if (!version.ok) return version
    // Nothing that decides changes: no process has to be told.
    await saveSet(tx, { ...set, gray_until: now.add({ minutes }), gray_waits: code })
    if (set.gray_waits === code) return ok(null)
    const told = {
      zh: `观察期延长 ${minutes} 分钟：${words.zh}`,
      en: `watched for another ${minutes} minutes: ${words.en}`,
    }
    await tell(change, version.value, 'prolonged', told, { code })
    return ok(null)
  })
}

function percent(bps: number): string {
  return `${(bps * 100) / BPS_OF_ALL}%`
}
