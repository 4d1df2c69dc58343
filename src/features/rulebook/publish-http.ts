import { Type } from 'typebox'
import type { Words } from '#domain/notice.ts'
import type { Result } from '#kernel/result.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { nullable, oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { BPS_OF_ALL } from './core/bucket.ts'
import { decideApproval, promote, publishVersion, rollBack, setShare } from './publish-version.ts'
import { Because, Id, IdParams, SetJson, tags } from './schemas.ts'
import { type RulebookHttpDeps, setJson } from './sets-http.ts'
import { readVersion } from './store.ts'

const PUBLISH = { scope: 'rules:publish' } as const
const MOST_WATCH_MINUTES = 10_080
const DEFAULT_BPS = 500
const response = { 200: SetJson, ...problemResponses }
const Bps = Type.Integer({ minimum: 1, maximum: BPS_OF_ALL, description: 'parts of ten thousand' })

export function publishRoutes(app: HttpApp, deps: RulebookHttpDeps): void {
  publishRoute(app, deps)
  approvalRoutes(app, deps)
  grayRoutes(app, deps)
  rollBackRoute(app, deps)
}

function publishRoute(app: HttpApp, deps: RulebookHttpDeps): void {
  app.post(
    '/api/rules/versions/:id/publish',
    {
      config: PUBLISH,
      schema: {
        tags,
        summary:
          'Let a share of the orders, or all, be decided by a version; or ask another person to approve that',
        params: IdParams,
        body: Type.Object(
          {
            do: oneOf(['gray', 'live']),
            bps: Type.Optional(Bps),
            watchMinutes: Type.Optional(
              Type.Integer({
                minimum: 0,
                maximum: MOST_WATCH_MINUTES,
                description: 'promoted by itself after so long without objection; 0: a person promotes',
              }),
            ),
            because: Type.Optional(Type.String({ maxLength: 500 })),
          },
          { additionalProperties: false },
        ),
        response: { ...response, 202: Type.Object({ approval: oneOf(['waiting']) }) },
      },
    },
    async (request, reply) => {
      const id = BigInt(request.params.id)
      const { body } = request
      const done = await publishVersion(deps, actorOf(request), id, {
        do: body.do,
        bps: body.bps ?? DEFAULT_BPS,
        watchMinutes: body.watchMinutes ?? deps.watch.minutes,
        because: body.because ?? '',
      })
      if (!done.ok) return sendRefusal(reply, done.refusal)
      if (done.value === 'waiting') return reply.code(202).send({ approval: 'waiting' })
      const set = await setOfVersion(deps, id)
      return set.ok ? set.value : sendRefusal(reply, set.refusal)
    },
  )
}

function approvalRoutes(app: HttpApp, deps: RulebookHttpDeps): void {
  for (const what of ['approve', 'reject'] as const)
    app.post(
      `/api/rules/versions/:id/${what}`,
      {
        config: PUBLISH,
        schema: {
          tags,
          summary:
            what === 'approve'
              ? 'Approve what another person asked to publish: it is published'
              : 'Reject what was asked to be published',
          params: IdParams,
          body: Type.Object({ words: Type.String({ maxLength: 500 }) }, { additionalProperties: false }),
          response,
        },
      },
      async (request, reply) => {
        const id = BigInt(request.params.id)
        const decision = { yes: what === 'approve', words: request.body.words }
        const done = await decideApproval(deps, actorOf(request), id, decision)
        const set = done.ok ? await setOfVersion(deps, id) : done
        return set.ok ? set.value : sendRefusal(reply, set.refusal)
      },
    )
}

function grayRoutes(app: HttpApp, deps: RulebookHttpDeps): void {
  const after = async (done: Result<null>, id: bigint) => (done.ok ? await setJson(deps, id) : done)
  app.post(
    '/api/rules/sets/:id/share',
    {
      config: PUBLISH,
      schema: {
        tags,
        summary: 'Grow or shrink the share of orders that the gray version decides',
        params: IdParams,
        body: Type.Object({ bps: Bps }, { additionalProperties: false }),
        response,
      },
    },
    async (request, reply) => {
      const id = BigInt(request.params.id)
      const set = await after(await setShare(deps, actorOf(request), id, request.body.bps), id)
      return set.ok ? set.value : sendRefusal(reply, set.refusal)
    },
  )
  app.post(
    '/api/rules/sets/:id/promote',
    {
      config: PUBLISH,
      schema: {
        tags,
        summary: 'The gray version decides all orders from now on',
        params: IdParams,
        body: Because,
        response,
      },
    },
    async (request, reply) => {
      const id = BigInt(request.params.id)
      const why = bothWords(request.body.because, { zh: '人工全量', en: 'by a person' })
      const set = await after(await promote(deps, actorOf(request), id, why), id)
      return set.ok ? set.value : sendRefusal(reply, set.refusal)
    },
  )
}

function rollBackRoute(app: HttpApp, deps: RulebookHttpDeps): void {
  app.post(
    '/api/rules/sets/:id/rollback',
    {
      config: PUBLISH,
      schema: {
        tags,
        summary:
          'One click back: stops the gray version; without one, the version before the live one decides again',
        params: IdParams,
        body: Type.Object(
          { because: Type.String({ maxLength: 500 }), to: Type.Optional(nullable(Id)) },
          { additionalProperties: false },
        ),
        response,
      },
    },
    async (request, reply) => {
      const id = BigInt(request.params.id)
      const { because, to = null } = request.body
      const done = await rollBack(deps, actorOf(request), id, {
        because: bothWords(because, { zh: '人工回滚', en: 'by a person' }),
        to: to === null ? null : BigInt(to),
      })
      const set = done.ok ? await setJson(deps, id) : done
      return set.ok ? set.value : sendRefusal(reply, set.refusal)
    },
  )
}

/** What a person wrote stands in both languages. */
function bothWords(text: string, otherwise: Words): Words {
  const said = text.trim()
  return said === '' ? otherwise : { zh: said, en: said }
}

async function setOfVersion(deps: RulebookHttpDeps, versionId: bigint) {
  const version = await readVersion(deps.db, versionId)
  return await setJson(deps, version?.set_id ?? 0n)
}
