import { Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { nullable, PAGE_LIMIT, pageOf, pageQuery, problemResponses } from '#platform/http/schemas.ts'
import { type Actor, actorOf, type HttpApp, holdsScope } from '#platform/http/scopes.ts'
import { setGone } from './change-set.ts'
import type { RulebookDeps } from './deps.ts'
import { addSet, editSet } from './edit-set.ts'
import { guardToJson, kindToJson, setsToJson } from './json.ts'
import { EventJson, GuardsJson, IdParams, Kind, KindJson, Note, SetJson, tags } from './schemas.ts'
import { readEvents, readSet, readSets } from './store.ts'
import { judgeSet } from './watch-gray.ts'

export type RulebookHttpDeps = RulebookDeps & {
  /** Zone in which times are shown. */
  readonly zone: () => string
}

export const READ = { scope: 'rules:read' } as const
export const WRITE = { scope: 'rules:write' } as const

export function setRoutes(app: HttpApp, deps: RulebookHttpDeps): void {
  kindRoute(app, deps)
  listRoute(app, deps)
  oneRoutes(app, deps)
  guardRoute(app, deps)
  eventRoute(app, deps)
}

function kindRoute(app: HttpApp, deps: RulebookHttpDeps): void {
  app.get(
    '/api/rules/kinds',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Kinds of rules: what they see, what they may say and do, their templates',
        response: { 200: Type.Object({ kinds: Type.Array(KindJson) }), ...problemResponses },
      },
    },
    async () => ({ kinds: [...deps.parts.values()].map(({ kind }) => kindToJson(kind)) }),
  )
}

function listRoute(app: HttpApp, deps: RulebookHttpDeps): void {
  app.get(
    '/api/rules/sets',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Rule sets, newest first',
        querystring: Type.Object({
          kind: Type.Optional(Type.String({ maxLength: 40 })),
          q: Type.Optional(Type.String({ maxLength: 100, description: 'in the name or the note' })),
          ...pageQuery,
        }),
        response: { 200: pageOf(SetJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { kind, q = '', cursor, limit = PAGE_LIMIT } = request.query
      const after = idPlace('rule-sets', cursor)
      if (!after.ok) return sendRefusal(reply, after.refusal)
      const rows = await readSets(deps.db, {
        kind: kind ?? null,
        q: q.trim(),
        after: after.value,
        limit: limit + 1,
      })
      const shown = rows.slice(0, limit)
      return {
        items: await setsToJson(deps.db, deps, shown, deps.zone()),
        next: nextOf('rule-sets', rows, limit, ({ id }) => id.toString()),
      }
    },
  )
}

function oneRoutes(app: HttpApp, deps: RulebookHttpDeps): void {
  const response = { 200: SetJson, ...problemResponses }
  app.get(
    '/api/rules/sets/:id',
    { config: READ, schema: { tags, summary: 'One rule set', params: IdParams, response } },
    async (request, reply) => {
      const set = await setJson(deps, BigInt(request.params.id))
      return set.ok ? set.value : sendRefusal(reply, set.refusal)
    },
  )
  app.post(
    '/api/rules/sets',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Begin a rule set; from a template with a first draft and its test cases',
        body: Type.Object(
          {
            kind: Kind,
            name: Type.String({ minLength: 1, maxLength: 80 }),
            note: Type.Optional(Note),
            connectorKind: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
            connectionId: Type.Optional(nullable(Type.String({ maxLength: 60 }))),
            needsApproval: Type.Optional(Type.Boolean()),
            active: Type.Optional(Type.Boolean()),
            template: Type.Optional(nullable(Type.String({ maxLength: 80 }))),
          },
          { additionalProperties: false },
        ),
        response,
      },
    },
    async (request, reply) => {
      const { body } = request
      const made = await addSet(deps, actorOf(request), {
        kind: body.kind,
        name: body.name,
        note: body.note ?? '',
        connectorKind: body.connectorKind ?? '*',
        connectionId: body.connectionId ?? null,
        needsApproval: body.needsApproval ?? false,
        active: body.active ?? true,
        template: body.template ?? null,
      })
      const set = made.ok ? await setJson(deps, made.value) : made
      return set.ok ? set.value : sendRefusal(reply, set.refusal)
    },
  )
  app.patch(
    '/api/rules/sets/:id',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Change a set; `active` needs rules:publish, `needsApproval: false` an administrator',
        params: IdParams,
        body: Type.Object(
          {
            name: Type.Optional(Type.String({ minLength: 1, maxLength: 80 })),
            note: Type.Optional(Note),
            needsApproval: Type.Optional(Type.Boolean()),
            active: Type.Optional(Type.Boolean()),
          },
          { additionalProperties: false },
        ),
        response,
      },
    },
    async (request, reply) => {
      const id = BigInt(request.params.id)
      const allowed = mayEdit(actorOf(request), request.body)
      if (!allowed.ok) return sendRefusal(reply, allowed.refusal)
      const done = await editSet(deps, actorOf(request), id, request.body)
      const set = done.ok ? await setJson(deps, id) : done
      return set.ok ? set.value : sendRefusal(reply, set.refusal)
    },
  )
}

/** Retiring a set changes what decides. Who could take the second person away would need none. */
function mayEdit(
  actor: Actor,
  { active, needsApproval }: { active?: boolean; needsApproval?: boolean },
): Result<null> {
  if (needsApproval === false && !holdsScope(actor, 'admin'))
    return refuse('rulebook.approval_forbidden', 'only an administrator lets one person publish again')
  return active !== undefined && !holdsScope(actor, 'rules:publish')
    ? refuse('rulebook.publish_forbidden', 'this needs the scope rules:publish')
    : ok(null)
}

function guardRoute(app: HttpApp, deps: RulebookHttpDeps): void {
  app.get(
    '/api/rules/sets/:id/guards',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Figures of the gray version beside the live one, and what the guards make of them',
        params: IdParams,
        response: { 200: GuardsJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const set = await readSet(deps.db, BigInt(request.params.id))
      if (set === null) return sendRefusal(reply, setGone().refusal)
      const kind = deps.parts.get(set.kind)?.kind
      const guards = kind === undefined ? [] : await judgeSet(deps.db, set, kind)
      const zone = deps.zone()
      return {
        watch:
          set.gray_started_at === null
            ? null
            : {
                startedAt: formatInstant(set.gray_started_at, zone),
                until: set.gray_until === null ? null : formatInstant(set.gray_until, zone),
                bps: set.gray_bps,
                waits: set.gray_waits,
              },
        guards: guards.map(guardToJson),
      }
    },
  )
}

function eventRoute(app: HttpApp, deps: RulebookHttpDeps): void {
  app.get(
    '/api/rules/sets/:id/events',
    {
      config: READ,
      schema: {
        tags,
        summary: "A set's history, newest first",
        params: IdParams,
        querystring: Type.Object(pageQuery),
        response: { 200: pageOf(EventJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { cursor, limit = PAGE_LIMIT } = request.query
      const id = BigInt(request.params.id)
      const below = idPlace('rule-events', cursor)
      if (!below.ok) return sendRefusal(reply, below.refusal)
      if ((await readSet(deps.db, id)) === null) return sendRefusal(reply, setGone().refusal)
      const rows = await readEvents(deps.db, id, below.value, limit + 1)
      return {
        items: rows.slice(0, limit).map((row) => ({
          id: row.id.toString(),
          at: formatInstant(row.at, deps.zone()),
          what: row.what,
          actor: row.actor,
          words: { zh: row.zh, en: row.en },
          versionNumber: row.number,
          detail: row.detail,
        })),
        next: nextOf('rule-events', rows, limit, (row) => row.id.toString()),
      }
    },
  )
}

/** Refuses with `rulebook.set_not_found`. */
export async function setJson(deps: RulebookHttpDeps, id: bigint) {
  const set = await readSet(deps.db, id)
  if (set === null) return setGone()
  const [json] = await setsToJson(deps.db, deps, [set], deps.zone())
  return json === undefined ? setGone() : ok(json)
}

/** The id that a page ended with. */
export function idPlace(list: string, cursor: string | undefined): Result<bigint | null> {
  if (cursor === undefined) return ok(null)
  const values = decodeCursor(list, cursor)
  return values.ok ? ok(BigInt(String(values.value[0]))) : values
}

export function nextOf<T>(
  list: string,
  rows: readonly T[],
  limit: number,
  of: (row: T) => string,
): string | null {
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return last === undefined ? null : encodeCursor(list, [of(last)])
}
