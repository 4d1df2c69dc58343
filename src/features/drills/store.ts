import type { DrillRun, DrillScenario, DrillWords } from '#domain/drill.ts'
import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import type { DrillCommand } from './core/command.ts'
import type { Attempt } from './core/statistics.ts'

export type DrillRow = {
  readonly id: bigint
  readonly scenario_id: string
  readonly title: DrillWords
  readonly causes: DrillScenario['causes']
  readonly actions: DrillScenario['actions']
  readonly rules: readonly string[]
  readonly minutes: number
  readonly hints: number
  readonly actor_kind: string
  readonly actor_id: string
  readonly actor_name: string
  readonly speed: number
  readonly state: DrillRun['state']
  readonly process: string
  readonly started_at: Instant
  readonly seen_at: Instant
  readonly ended_at: Instant | null
  readonly answers: readonly { readonly cause: string; readonly right: boolean }[]
  readonly look: DrillRun | null
  readonly points: number | null
  readonly to_notice: number | null
  readonly to_find: number | null
  readonly to_fix: number | null
  readonly orders_hurt: number | null
  readonly problem: string | null
}

/** Until the transaction's end nobody else begins a drill. */
export async function lockStarts(tx: Sql): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('holdfast.drills', 0))`
}

export async function insertDrill(
  tx: Sql,
  drill: {
    readonly scenario: DrillScenario
    readonly actor: { readonly kind: string; readonly id: string; readonly name: string }
    readonly speed: number
    readonly process: string
  },
  now: Instant,
): Promise<bigint> {
  const { scenario, actor } = drill
  const [row] = await tx<{ id: bigint }>`
    insert into drill_run (scenario_id, title, causes, actions, rules, minutes, hints, actor_kind, actor_id, actor_name, speed, state,
      process, started_at, seen_at)
    values (${scenario.id}, ${json(scenario.title)}::jsonb, ${json(scenario.causes)}::jsonb, ${json(scenario.actions)}::jsonb,
      ${textArray(scenario.rules)}::text[], ${scenario.minutes}, ${scenario.hints}, ${actor.kind}, ${actor.id}, ${actor.name}, ${drill.speed}, 'starting', ${drill.process},
      ${now}, ${now})
    returning id`
  return row?.id ?? 0n
}

export async function readDrill(sql: Sql, id: bigint): Promise<DrillRow | null> {
  const [row] = await sql<DrillRow>`select * from drill_run where id = ${id}`
  return row ?? null
}

/** Those that are not over, oldest first. */
export async function readOpenDrills(sql: Sql): Promise<DrillRow[]> {
  return await sql<DrillRow>`select * from drill_run where state in ('starting', 'running') order by id`
}

export type DrillFilter = {
  readonly scenario: string | null
  readonly person: { readonly kind: string; readonly id: string } | null
}

/** Newest first, without what the last look held. */
export async function readDrills(
  sql: Sql,
  { scenario, person }: DrillFilter,
  before: bigint | null,
  limit: number,
): Promise<DrillRow[]> {
  return await sql<DrillRow>`
    select id, scenario_id, title, '[]'::jsonb as causes, '[]'::jsonb as actions, rules, minutes, hints, actor_kind, actor_id, actor_name, speed, state, process,
      started_at, seen_at, ended_at, answers, null::jsonb as look, points, to_notice, to_find, to_fix, orders_hurt, problem
    from drill_run
    where (${scenario === null} or scenario_id = ${scenario ?? ''})
      and (${person === null} or (actor_kind = ${person?.kind ?? ''} and actor_id = ${person?.id ?? ''}))
      and (${before === null} or id < ${before ?? 0n})
    order by id desc limit ${limit}`
}

/** The last thousand that were ended with a score, oldest first. */
export async function readAttempts(sql: Sql): Promise<Attempt[]> {
  const rows = await sql<{
    actor_kind: string
    actor_id: string
    actor_name: string
    scenario_id: string
    points: number
    to_fix: number | null
  }>`
    select actor_kind, actor_id, actor_name, scenario_id, points, to_fix from drill_run
    where state = 'ended' and points is not null order by id desc limit 1000`
  return rows.reverse().map((row) => ({
    personKind: row.actor_kind,
    personId: row.actor_id,
    personName: row.actor_name,
    scenarioId: row.scenario_id,
    points: row.points,
    toFix: row.to_fix,
  }))
}

/** Keeps what was seen; one that is over stays as it ended. */
export async function saveLook(sql: Sql, id: bigint, look: DrillRun, now: Instant): Promise<void> {
  const isOver = look.state === 'ended' || look.state === 'failed'
  const score = look.score
  const kept = isOver ? { ...look, url: null, signInUrl: null } : look
  await sql`
    update drill_run set state = ${look.state}, speed = ${look.speed}, look = ${json(kept)}::jsonb, seen_at = ${now},
      orders_hurt = ${look.ordersHurt}, problem = ${look.problem}, ended_at = ${isOver ? now : null}, points = ${score?.points ?? null},
      to_notice = ${score?.toNotice ?? null}, to_find = ${score?.toFind ?? null}, to_fix = ${score?.toFix ?? null}
    where id = ${id} and state in ('starting', 'running')`
}

export async function addAnswer(
  sql: Sql,
  id: bigint,
  answer: { readonly cause: string; readonly right: boolean },
): Promise<void> {
  await sql`update drill_run set answers = answers || ${json([answer])}::jsonb where id = ${id}`
}

/** Ends drills without a score; those that are over already stay as they are. */
export async function failDrills(
  sql: Sql,
  ids: readonly bigint[],
  problem: string,
  now: Instant,
): Promise<void> {
  if (ids.length === 0) return
  await sql`
    update drill_run set state = 'failed', problem = ${problem}, ended_at = ${now},
      look = look || '{"state":"failed","url":null,"signInUrl":null}'::jsonb
    where id = any(${int8Array(ids)}::bigint[]) and state in ('starting', 'running')`
}

export type DrillAsk = {
  readonly id: bigint
  readonly run_id: bigint
  readonly command: DrillCommand
  readonly actor: { readonly kind: 'user' | 'key'; readonly id: string; readonly name: string }
}

export async function insertAsk(
  sql: Sql,
  ask: Pick<DrillAsk, 'run_id' | 'command' | 'actor'>,
  now: Instant,
): Promise<bigint> {
  const [row] = await sql<{ id: bigint }>`
    insert into drill_ask (run_id, command, actor, asked_at)
    values (${ask.run_id}, ${json(ask.command)}::jsonb, ${json(ask.actor)}::jsonb, ${now}) returning id`
  return row?.id ?? 0n
}

/** What other processes were asked of these drills since `since`, oldest first; an older one has given up waiting. */
export async function readAsks(sql: Sql, runs: readonly bigint[], since: Instant): Promise<DrillAsk[]> {
  return await sql<DrillAsk>`
    select id, run_id, command, actor from drill_ask
    where answer is null and run_id = any(${int8Array(runs)}::bigint[]) and asked_at > ${since} order by id`
}

export async function answerAsk(sql: Sql, id: bigint, answer: unknown): Promise<void> {
  await sql`update drill_ask set answer = ${json(answer)}::jsonb where id = ${id}`
}

/** The answer, once it is there; it is taken away with it. */
export async function takeAnswer(sql: Sql, id: bigint): Promise<unknown> {
  const [row] = await sql<{ answer: unknown }>`
    delete from drill_ask where id = ${id} and answer is not null returning answer`
  return row?.answer ?? null
}

export async function dropAsk(sql: Sql, id: bigint): Promise<void> {
  await sql`delete from drill_ask where id = ${id}`
}
