import { Type } from 'typebox'
import { decisionToJson, ruleInputToJson } from '#domain/rulebook-json.ts'
import { refuse } from '#kernel/result.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { nullable, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp, holdsScope } from '#platform/http/scopes.ts'
import { partOf } from './change-set.ts'
import { checkToJson, versionToJson } from './json.ts'
import { CheckJson, DecisionJson, Id, InputJson, Kind, tags, VersionBriefJson, WordsJson } from './schemas.ts'
import { READ, type RulebookHttpDeps } from './sets-http.ts'
import { tryRules } from './try-rules.ts'
import { MODEL_BYTES } from './versions-http.ts'

/** The answer shows the order, its remarks too. */
const ORDERS_UNSEEN = refuse('identity.forbidden', 'this needs the scope orders:read', {
  scope: 'orders:read',
}).refusal

/** Nothing is stored: the canvas asks while one edits. */
export function tryRoutes(app: HttpApp, deps: RulebookHttpDeps): void {
  app.post(
    '/api/rules/check',
    {
      config: READ,
      bodyLimit: MODEL_BYTES,
      schema: {
        tags,
        summary: 'Check a model that is not saved',
        body: Type.Object({ kind: Kind, model: Type.Unknown() }, { additionalProperties: false }),
        response: { 200: CheckJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const part = partOf(deps, request.body.kind)
      if (!part.ok) return sendRefusal(reply, part.refusal)
      const model = deps.engine.parse(request.body.model)
      if (!model.ok) return sendRefusal(reply, model.refusal)
      const check = await deps.engine.check(part.value.kind, model.value)
      return check.ok ? (checkToJson(check.value) as never) : sendRefusal(reply, check.refusal)
    },
  )
  app.post(
    '/api/rules/try',
    {
      config: READ,
      bodyLimit: MODEL_BYTES,
      schema: {
        tags,
        summary: 'Decide one input, or one order, with a model, a version, or what is live',
        body: Type.Object(
          {
            kind: Kind,
            model: Type.Optional(Type.Unknown()),
            versionId: Type.Optional(nullable(Id)),
            setId: Type.Optional(nullable(Id)),
            input: Type.Optional(Type.Unknown()),
            orderNo: Type.Optional(nullable(Type.String({ minLength: 1, maxLength: 100 }))),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            decision: DecisionJson,
            input: InputJson,
            words: WordsJson,
            version: nullable(VersionBriefJson),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { kind, model, versionId, setId, input, orderNo } = request.body
      if (typeof orderNo === 'string' && !holdsScope(actorOf(request), 'orders:read'))
        return sendRefusal(reply, ORDERS_UNSEEN)
      const tried = await tryRules(deps, {
        kind,
        model: model ?? null,
        versionId: idOf(versionId),
        setId: idOf(setId),
        input: input ?? null,
        orderNo: orderNo ?? null,
      })
      if (!tried.ok) return sendRefusal(reply, tried.refusal)
      const { version, decision, words } = tried.value
      return {
        decision: decisionToJson(decision),
        input: ruleInputToJson(tried.value.input),
        words,
        version: version === null ? null : versionToJson(version, deps.zone()),
      } as never
    },
  )
}

function idOf(text: string | null | undefined): bigint | null {
  return text === null || text === undefined ? null : BigInt(text)
}
