import { type Static, Type } from 'typebox'
import { ok, type Result } from '#kernel/result.ts'
import { decodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import {
  NoContent,
  nullable,
  PAGE_LIMIT,
  pageOf,
  pageQuery,
  problemResponses,
} from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { textOfModel } from '#platform/rules/model-text.ts'
import { modelOf, setGone, versionGone } from './change-set.ts'
import { diffModels } from './core/diff.ts'
import { addDraft, checkVersion, dropDraft, saveDraft } from './edit-draft.ts'
import { caseRunToJson, checkToJson, findingToJson, versionToJson } from './json.ts'
import {
  CaseRunJson,
  CheckJson,
  DiffJson,
  FindingJson,
  Id,
  IdParams,
  Note,
  tags,
  VersionBriefJson,
  VersionJson,
} from './schemas.ts'
import { nextOf, READ, type RulebookHttpDeps, WRITE } from './sets-http.ts'
import { readModel, readSet, readVersion, readVersions, type VersionRow } from './store.ts'

/** A table of 20,000 rows. */
export const MODEL_BYTES = 8_388_608

export function versionRoutes(app: HttpApp, deps: RulebookHttpDeps): void {
  listRoute(app, deps)
  readRoutes(app, deps)
  draftRoutes(app, deps)
  checkRoute(app, deps)
}

function listRoute(app: HttpApp, deps: RulebookHttpDeps): void {
  app.get(
    '/api/rules/sets/:id/versions',
    {
      config: READ,
      schema: {
        tags,
        summary: "A set's versions, newest first",
        params: IdParams,
        querystring: Type.Object(pageQuery),
        response: { 200: pageOf(VersionBriefJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { cursor, limit = PAGE_LIMIT } = request.query
      const id = BigInt(request.params.id)
      const place = cursor === undefined ? ok([]) : decodeCursor('rule-versions', cursor)
      if (!place.ok) return sendRefusal(reply, place.refusal)
      if ((await readSet(deps.db, id)) === null) return sendRefusal(reply, setGone().refusal)
      const [below] = place.value
      const rows = await readVersions(deps.db, id, below === undefined ? null : Number(below), limit + 1)
      return {
        items: rows.slice(0, limit).map((row) => versionToJson(row, deps.zone())),
        next: nextOf('rule-versions', rows, limit, (row) => String(row.number)),
      }
    },
  )
}

function readRoutes(app: HttpApp, deps: RulebookHttpDeps): void {
  app.get(
    '/api/rules/versions/:id',
    {
      config: READ,
      schema: {
        tags,
        summary: 'One version with its model and its last check',
        params: IdParams,
        response: { 200: VersionJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const row = await readVersion(deps.db, BigInt(request.params.id))
      return row === null ? sendRefusal(reply, versionGone().refusal) : await fullVersion(deps, row)
    },
  )
  app.get(
    '/api/rules/versions/:id/diff',
    {
      config: READ,
      schema: {
        tags,
        summary: 'What is different from another version: nodes, tables, and as text',
        params: IdParams,
        querystring: Type.Object({ against: Id }),
        response: { 200: DiffJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const [after, before] = await Promise.all(
        [request.params.id, request.query.against].map((id) => keptModel(deps, BigInt(id))),
      )
      if (after === undefined || before === undefined || !after.ok || !before.ok)
        return sendRefusal(reply, versionGone().refusal)
      const { nodes, tables, text } = diffModels(before.value, after.value, textOfModel)
      const items = (changes: typeof nodes) =>
        changes.map((one) => ({ ...one, fields: one.fields.map((field) => ({ ...field })) }))
      return { nodes: items(nodes), tables: items(tables), text: text.map((line) => ({ ...line })) }
    },
  )
}

async function keptModel(deps: RulebookHttpDeps, id: bigint): ReturnType<typeof modelOf> {
  return (await readVersion(deps.db, id)) === null ? versionGone() : await modelOf(deps.db, deps, id)
}

async function fullVersion(deps: RulebookHttpDeps, row: VersionRow) {
  return {
    ...versionToJson(row, deps.zone()),
    model: await readModel(deps.db, row.id),
    check: (row.checked?.check ?? null) as Static<typeof CheckJson> | null,
  }
}

async function versionById(deps: RulebookHttpDeps, id: bigint): Promise<Result<VersionRow>> {
  const row = await readVersion(deps.db, id)
  return row === null ? versionGone() : ok(row)
}

function draftRoutes(app: HttpApp, deps: RulebookHttpDeps): void {
  app.post(
    '/api/rules/sets/:id/drafts',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Begin a draft: a copy of a version, or empty',
        params: IdParams,
        body: Type.Object(
          { from: Type.Optional(nullable(Id)), note: Type.Optional(Note) },
          { additionalProperties: false },
        ),
        response: { 200: VersionJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { from = null, note = '' } = request.body
      const made = await addDraft(deps, actorOf(request), BigInt(request.params.id), {
        from: from === null ? null : BigInt(from),
        note,
      })
      const row = made.ok ? await versionById(deps, made.value) : made
      return row.ok ? await fullVersion(deps, row.value) : sendRefusal(reply, row.refusal)
    },
  )
  app.put(
    '/api/rules/versions/:id',
    {
      config: WRITE,
      bodyLimit: MODEL_BYTES,
      schema: {
        tags,
        summary: 'Save a draft; answers at once what is wrong with it and which test cases fail',
        params: IdParams,
        body: Type.Object(
          { model: Type.Unknown(), note: Note, revision: Type.Integer({ minimum: 0 }) },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            version: VersionJson,
            findings: Type.Array(FindingJson),
            cases: Type.Array(CaseRunJson),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const saved = await saveDraft(deps, actorOf(request), BigInt(request.params.id), request.body)
      if (!saved.ok) return sendRefusal(reply, saved.refusal)
      const { version, findings, cases } = saved.value
      return {
        version: await fullVersion(deps, version),
        findings: findings.map(findingToJson),
        cases: cases.map(caseRunToJson),
      } as never
    },
  )
  app.delete(
    '/api/rules/versions/:id',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Drop a draft',
        params: IdParams,
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const done = await dropDraft(deps, actorOf(request), BigInt(request.params.id))
      return done.ok ? reply.code(204).send(undefined) : sendRefusal(reply, done.refusal)
    },
  )
}

function checkRoute(app: HttpApp, deps: RulebookHttpDeps): void {
  app.post(
    '/api/rules/versions/:id/check',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Check a version in full: gaps, overlaps, types; and run its test cases',
        params: IdParams,
        response: {
          200: Type.Object({
            version: VersionJson,
            check: CheckJson,
            cases: Type.Array(CaseRunJson),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const checked = await checkVersion(deps, actorOf(request), BigInt(request.params.id))
      if (!checked.ok) return sendRefusal(reply, checked.refusal)
      const { version, check, cases } = checked.value
      return {
        version: await fullVersion(deps, version),
        check: checkToJson(check),
        cases: cases.map(caseRunToJson),
      } as never
    },
  )
}
