import type { Claim } from '#domain/claim.ts'
import type { Connector } from '#domain/connector.ts'
import type { FactKind } from '#domain/fact.ts'
import type { ContentClaim } from '#domain/order.ts'
import type { Connected, InterpretDeps } from '#features/intake/index.ts'
import { acceptFetched, interpretBatch } from '#features/intake/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { connectionId, orderNo, trackingNo } from '#kernel/id.ts'
import { ownTime, type SourceTime } from '#kernel/instant.ts'
import { money } from '#kernel/money.ts'
import { ok, refuse } from '#kernel/result.ts'
import { type Intake, openIntake } from '#platform/inbox/intake.ts'
import { waitingLanes } from '#platform/inbox/store.ts'
import type { Database } from '#platform/postgres/database.ts'
import { openVault } from '#platform/vault.ts'

/** A message of the tests' own protocol: claims with their code, minute and parcel, and content with its version. */
export type TestMessage = {
  readonly key: string
  readonly claims?: readonly {
    readonly by: 'order' | 'reference' | 'parcel'
    readonly no: string
    readonly code: string
    readonly minute: number | null
    readonly parcel?: string
    readonly lines?: readonly { lineId: string; quantity: number }[]
  }[]
  readonly content?: readonly {
    readonly no: string
    readonly version: number
    readonly lines: readonly { lineId: string; quantity: number; gift?: boolean }[]
  }[]
  readonly fetch?: readonly string[]
}

const START = Temporal.Instant.from('2026-11-11T00:00:00Z')

function timeOf(minute: number | null): SourceTime {
  return minute === null
    ? { raw: 'today', instant: null, zone: null, provenance: 'ambiguous' }
    : ownTime(START.add({ minutes: minute }))
}

/** A connector whose codes are the fact kinds themselves; `?x` codes are unknown to its table. */
export function testConnector(
  kind: string,
  role: Connector['role'],
  codes: Readonly<Record<string, FactKind | 'none'>>,
  canReport = false,
): Connector {
  return {
    kind,
    role,
    zh: kind,
    en: kind,
    zone: 'Asia/Shanghai',
    fields: [],
    codes: Object.entries(codes).map(([code, fact]) => ({ code, fact, zh: code, en: code })),
    retryReply: { status: 503, contentType: 'text/plain', body: 'later' },
    ...(canReport
      ? {
          calls: () => ({
            test: async () => ok({ words: 'ok' }),
            reportShipment: async () => ({ outcome: 'accepted' as const, words: 'ok' }),
          }),
        }
      : {}),
    read: (message) => {
      const parsed = JSON.parse(Buffer.from(message.body).toString('utf8')) as TestMessage & {
        broken?: boolean
      }
      if (parsed.broken === true) return refuse('test.broken', 'told to be broken')
      return ok({
        claims: (parsed.claims ?? []).map(claimOf),
        content: (parsed.content ?? []).map(contentOf),
        fetch: (parsed.fetch ?? []).map((no) => ({ orderNo: orderNo(no), because: 'test' })),
      })
    },
  }
}

function claimOf(claim: NonNullable<TestMessage['claims']>[number]): Claim {
  return {
    subject:
      claim.by === 'parcel'
        ? { by: 'parcel', trackingNo: trackingNo(claim.no) }
        : { by: claim.by, orderNo: orderNo(claim.no) },
    code: claim.code,
    at: timeOf(claim.minute),
    detail: {
      ...(claim.parcel === undefined ? {} : { trackingNo: trackingNo(claim.parcel) }),
      ...(claim.lines === undefined ? {} : { lines: claim.lines }),
    },
  }
}

function contentOf(content: NonNullable<TestMessage['content']>[number]): ContentClaim {
  const lines = content.lines.map(({ lineId, quantity, gift = false }) => ({
    lineId,
    shopSku: `SKU-${lineId}`,
    platformSkuId: null,
    title: `item ${lineId}`,
    spec: null,
    quantity,
    unitPrice: money('CNY', 1000n),
    paid: null,
    gift,
  }))
  return { orderNo: content.no, version: BigInt(content.version), parts: { lines } }
}

export type TestHub = {
  readonly intake: Intake
  readonly deps: (slot?: number) => InterpretDeps
  readonly send: (connection: string, message: unknown, key?: string) => Promise<string>
  readonly drain: (batch?: number) => Promise<void>
}

/** The pipeline without HTTP: messages in, orders out, over a real database. */
export function testHub(db: Database, connections: Readonly<Record<string, Connector>>): TestHub {
  const connected = new Map<string, Connected>(
    Object.entries(connections).map(([id, connector]) => [
      id,
      { id: connectionId(id), kind: connector.kind, name: id, paused: false, settings: {}, connector },
    ]),
  )
  const intake = openIntake({ db, maxBatch: 512, maxQueue: 10_000 })
  const vault = openVault({ current: 'test', keys: new Map([['test', new Uint8Array(32).fill(7)]]) })
  const deps = (slot = 0): InterpretDeps => ({
    db,
    vault,
    canReport: (id) => connected.get(id)?.connector.calls !== undefined,
    now: () => systemClock.now(),
    slot,
    find: (id) => connected.get(id) ?? null,
    rulesFor: (kind) =>
      new Map(
        [...connected.values()]
          .find((entry) => entry.kind === kind)
          ?.connector.codes.map((entry) => [entry.code, entry.fact]) ?? [],
      ),
  })
  return {
    intake,
    deps,
    send: async (connection, message, key) => {
      const body = Buffer.from(JSON.stringify(message))
      const kept = await acceptFetched({ intake, clock: systemClock }, connectionId(connection), 'api', {
        topic: 'test',
        dedupKey: key ?? (message as TestMessage).key,
        orderNo: null,
        headers: {},
        body,
      })
      return kept.verdict
    },
    drain: async (batch = 200) => {
      while ((await interpretAny(deps(), batch)) > 0);
    },
  }
}

/** One batch of whichever lane has something waiting, the first by name; 0 when none has, or all of it is being worked on. */
export async function interpretAny(deps: InterpretDeps, limit: number): Promise<number> {
  for (const lane of await waitingLanes(deps.db)) {
    const taken = await interpretBatch(deps, { lane, limit, concurrency: 32 })
    if (taken > 0) return taken
  }
  return 0
}
