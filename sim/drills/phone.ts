import type { Clock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { simWebhook } from '../platforms/robots.ts'
import type { Sandbox } from './sandbox.ts'

// The phone of whoever is on duty. What the hub cannot write down, because its database is away, it still tells people: there.

/** One alarm as the phone showed it. */
export type Ring = {
  readonly rule: string
  readonly subject: string
  readonly zh: string
  readonly en: string
}
export type Phone = {
  /** Alarms that came past the database since the last look. */
  readonly taken: () => readonly Ring[]
  readonly close: () => Promise<void>
}

/** An alarm that was told before it could be stored has no number. */
const UNSTORED = '0'

export async function openPhone({ call }: Pick<Sandbox, 'call'>, clock: Clock): Promise<Phone> {
  const robot = await simWebhook({ clock })
  let read = 0
  const made = async (path: string, body: object): Promise<{ readonly id?: string }> => {
    const { status, body: told } = await call('POST', path, body)
    if (status >= 300)
      throw new Outage('drills.sandbox_failed', `the phone: ${JSON.stringify(told)}`, { retryable: false })
    return told as { id?: string }
  }
  try {
    const { id = '' } = await made('/api/connections', {
      kind: robot.kind,
      name: '值班手机（演练）',
      settings: robot.settings,
    })
    await made('/api/alarm-routes', { name: '值班（演练）', targets: [id], groupSeconds: 0 })
  } catch (error) {
    await robot.close()
    throw error
  }
  return {
    taken: () => {
      const fresh = robot.asked.slice(read)
      read = robot.asked.length
      return fresh.flatMap(({ body }) => ringsOf(body))
    },
    close: robot.close,
  }
}

type Told = {
  readonly type?: string
  readonly data?: { readonly details?: { readonly alarms?: readonly (Ring & { readonly id: string })[] } }
}

function ringsOf(body: string): Ring[] {
  const { type, data } = JSON.parse(body) as Told
  if (type !== 'alarm.opened') return []
  return (data?.details?.alarms ?? [])
    .filter(({ id }) => id === UNSTORED)
    .map(({ rule, subject, zh, en }) => ({ rule, subject, zh, en }))
}
