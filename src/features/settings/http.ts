import { Type } from 'typebox'
import { sendRefusal } from '#platform/http/problem.ts'
import { oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { DAYS_MOST } from './core/rules.ts'
import type { SettingsDirectory } from './index.ts'

const Settings = {
  zone: Type.String({ minLength: 1, maxLength: 60, examples: ['Asia/Shanghai'] }),
  rawMessageDays: Type.Integer({ minimum: 1, maximum: DAYS_MOST }),
  locale: oneOf(['zh-CN', 'en']),
}
const SettingsJson = Type.Object(Settings)

/** Reading for everybody who is signed in, changing for administrators. */
export function settingsRoutes(app: HttpApp, { settings }: { settings: SettingsDirectory }): void {
  const tags = ['system']
  const response = { 200: SettingsJson, ...problemResponses }
  app.get(
    '/api/settings',
    {
      config: { scope: 'signed_in', shops: 'apart' },
      schema: { tags, summary: 'Settings of the hub', response },
    },
    async () => settings.current(),
  )
  app.patch(
    '/api/settings',
    {
      config: { scope: 'admin' },
      schema: {
        tags,
        summary: 'Change settings of the hub',
        body: Type.Partial(Type.Object(Settings), { additionalProperties: false, minProperties: 1 }),
        response,
      },
    },
    async (request, reply) => {
      const changed = await settings.change(actorOf(request), request.body)
      return changed.ok ? changed.value : sendRefusal(reply, changed.refusal)
    },
  )
}
