import { createHash } from 'node:crypto'
import type { ParcelEvent, ParcelEventKind } from '../carriers/events.ts'
import type { SimDeps } from '../platform.ts'
import type { Outgoing } from './carrier-pusher.ts'
import { beijingText } from './carrier-server.ts'
import { type DeskOptions, deskPlatform } from './desk-server.ts'

const ACCOUNT = '178337126125932605'
const KEY = 'sim-jt-private-key'

type Scan = { readonly scanType: number; readonly problemType?: string }
const SCANS: Readonly<Partial<Record<ParcelEventKind, Scan>>> = {
  picked_up: { scanType: 1 },
  departed: { scanType: 3 },
  arrived: { scanType: 4 },
  out_for_delivery: { scanType: 9 },
  delivery_failed: { scanType: 11, problemType: 'A11' },
  ready_for_pickup: { scanType: 6 },
  exception: { scanType: 11, problemType: 'A7' },
  delivered: { scanType: 10 },
  returning: { scanType: 14 },
}

/** 极兔 as the hub meets it: a trace query and signed form pushes of the whole trace. */
export const simJt = (deps: SimDeps, options: DeskOptions = {}) =>
  deskPlatform(
    deps,
    {
      terms: {
        kind: 'jt',
        carriers: ['JT'],
        mint: (serial) => `JT${String(serial).padStart(13, '0')}`,
        says: Object.keys(SCANS) as ParcelEventKind[],
        tells: 'own',
        form: 'trace',
      },
      account: 'JT-SIM',
      settings: (origin) => ({
        api_account: ACCOUNT,
        private_key: KEY,
        trace_url: `${origin}/logistics/trace`,
      }),
      answer: (call, desk) => {
        const bizContent = new URLSearchParams(call.body).get('bizContent') ?? ''
        if (call.headers.apiaccount !== ACCOUNT || call.headers.digest !== digest(bizContent, KEY))
          return { status: 200, json: { code: '145003010', msg: 'API账号或签名错误', data: null } }
        const { billCodes = '' } = JSON.parse(bizContent) as { billCodes?: string }
        const data = billCodes.split(',').map((one) => traceOf(one, desk.happened(one)))
        return { status: 200, json: { code: '1', msg: 'success', data } }
      },
      pushOf: ({ parcel, trace }) => pushOf(traceOf(parcel.trackingNo, trace)),
    },
    options,
  )

function traceOf(billCode: string, events: readonly ParcelEvent[]) {
  return {
    billCode,
    details: events.map((event) => ({
      scanTime: beijingText(event.at),
      desc: event.words,
      ...SCANS[event.kind],
      scanNetworkCity: event.place.name,
    })),
  }
}

function pushOf(trace: object): Outgoing {
  const bizContent = JSON.stringify(trace)
  const headers = { 'content-type': 'application/x-www-form-urlencoded', apiaccount: ACCOUNT }
  const body = new URLSearchParams({ bizContent }).toString()
  return {
    headers: { ...headers, digest: digest(bizContent, KEY) },
    body,
    acknowledges: (status, answer) => status === 200 && answer.includes('"code":"1"'),
    forged: { headers: { ...headers, digest: digest(bizContent, 'guessed') }, body },
  }
}

function digest(bizContent: string, key: string): string {
  return createHash('md5').update(`${bizContent}${key}`, 'utf8').digest('base64')
}
