import { Type } from 'typebox'
import type { RuleCaseContent } from '#domain/rulebook.ts'
import { decisionToJson, ruleInputToJson } from '#domain/rulebook-json.ts'
import { formatInstant } from '#kernel/instant.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { IsoTime, NoContent, nullable, oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import type { CaseRun } from '../deps.ts'
import {
  addCase,
  type CaseDeps,
  changeCase,
  dropCase,
  listCases,
  offerCases,
  runCasesOfVersion,
} from './change-cases.ts'
import { NAME_LIMIT } from './core/read-case.ts'
import { CASE_ORIGINS, type CaseRow, expectedToJson } from './store.ts'

export type CaseRoutesDeps = CaseDeps & { readonly zone: () => string }

const tags = ['rules']
const WordsJson = Type.Object({ zh: Type.String(), en: Type.String() })
const Input = Type.Unknown({ description: 'currency, values, lines; whole numbers as {"int":"9900"}' })
const Expected = Type.Unknown({ description: 'outcome, and the values and actions that matter' })
const Offer = { name: Type.String(), input: Type.Unknown(), expected: Type.Unknown() }
const CaseJson = Type.Object(
  {
    id: Type.String(),
    ...Offer,
    origin: oneOf(CASE_ORIGINS),
    createdBy: Type.String(),
    updatedAt: IsoTime,
  },
  { title: 'RuleCase' },
)
const RunJson = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    passed: Type.Boolean(),
    got: Type.Unknown(),
    expected: Type.Unknown(),
    difference: nullable(WordsJson),
  },
  { title: 'RuleCaseRun' },
)
const Id = Type.String({ pattern: '^\\d{1,18}$' })
const SetParams = Type.Object({ id: Id })
const CaseParams = Type.Object({ cid: Id })
const Name = Type.String({ minLength: 1, maxLength: NAME_LIMIT })
const AddBody = Type.Object(
  {
    name: Type.Optional(Name),
    input: Type.Optional(Input),
    expected: Type.Optional(Expected),
    orderNo: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    origin: Type.Optional(oneOf(['boundary', 'order', 'person'])),
  },
  { additionalProperties: false },
)
const ChangeBody = Type.Object(
  { name: Type.Optional(Name), input: Type.Optional(Input), expected: Type.Optional(Expected) },
  { additionalProperties: false },
)
const READ = { scope: 'rules:read' } as const
const WRITE = { scope: 'rules:write' } as const

/** Test cases of rule sets: kept with the set, run on every save and by hand. */
export function caseRoutes(app: HttpApp, deps: CaseRoutesDeps): void {
  readRoutes(app, deps)
  writeRoutes(app, deps)
}

function readRoutes(app: HttpApp, deps: CaseRoutesDeps): void {
  app.get(
    '/api/rules/sets/:id/cases',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Test cases of a rule set',
        params: SetParams,
        response: { 200: Type.Object({ items: Type.Array(CaseJson) }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const found = await listCases(deps, BigInt(request.params.id))
      if (!found.ok) return sendRefusal(reply, found.refusal)
      return { items: found.value.map((row) => caseJson(row, deps.zone())) }
    },
  )
  app.post(
    '/api/rules/cases/run',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Run all cases with one version',
        body: Type.Object({ versionId: Id }, { additionalProperties: false }),
        response: { 200: Type.Object({ cases: Type.Array(RunJson) }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const run = await runCasesOfVersion(deps, BigInt(request.body.versionId))
      return run.ok ? { cases: run.value.map(caseRunJson) } : sendRefusal(reply, run.refusal)
    },
  )
  app.post(
    '/api/rules/sets/:id/cases/offer',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Boundary cases that are not kept yet',
        description: 'of the version that is worked on; keeps nothing: send those that you want to keep',
        params: SetParams,
        response: {
          200: Type.Object({ items: Type.Array(Type.Object(Offer)) }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const offered = await offerCases(deps, BigInt(request.params.id))
      return offered.ok ? { items: offered.value.map(contentJson) } : sendRefusal(reply, offered.refusal)
    },
  )
}

function writeRoutes(app: HttpApp, deps: CaseRoutesDeps): void {
  const answers = { 200: CaseJson, ...problemResponses }
  app.post(
    '/api/rules/sets/:id/cases',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Keep a test case',
        description:
          'with an input and what is expected, or with an order number: then what the version that is worked on decides is expected',
        params: SetParams,
        body: AddBody,
        response: answers,
      },
    },
    async (request, reply) => {
      const added = await addCase(deps, actorOf(request), BigInt(request.params.id), request.body)
      return added.ok ? caseJson(added.value, deps.zone()) : sendRefusal(reply, added.refusal)
    },
  )
  app.put(
    '/api/rules/cases/:cid',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Change a test case',
        params: CaseParams,
        body: ChangeBody,
        response: answers,
      },
    },
    async (request, reply) => {
      const changed = await changeCase(deps, actorOf(request), BigInt(request.params.cid), request.body)
      return changed.ok ? caseJson(changed.value, deps.zone()) : sendRefusal(reply, changed.refusal)
    },
  )
  app.delete(
    '/api/rules/cases/:cid',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Drop a test case',
        params: CaseParams,
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const dropped = await dropCase(deps, actorOf(request), BigInt(request.params.cid))
      return dropped.ok ? reply.code(204).send(undefined) : sendRefusal(reply, dropped.refusal)
    },
  )
}

/** One run on the wire; publishing and saving answer the same. */
export function caseRunJson({ id, name, passed, got, expected, difference }: CaseRun) {
  return {
    id: id.toString(),
    name,
    passed,
    got: decisionToJson(got) as unknown,
    expected: expectedToJson(expected) as unknown,
    difference,
  }
}

function contentJson({ name, input, expected }: RuleCaseContent) {
  return { name, input: ruleInputToJson(input) as unknown, expected: expectedToJson(expected) as unknown }
}

function caseJson(row: CaseRow, zone: string) {
  return {
    id: row.id.toString(),
    ...contentJson(row),
    origin: row.origin,
    createdBy: row.createdBy,
    updatedAt: formatInstant(row.updatedAt, zone),
  }
}
