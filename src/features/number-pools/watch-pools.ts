import type { Words } from '#domain/notice.ts'
import type { AlarmSignal, Alarms } from '#platform/alarms/alarms.ts'
import { openApplication } from './change-pool.ts'
import { decideRefill } from './core/refill.ts'
import { rateOf } from './core/standing.ts'
import type { PoolDeps } from './deps.ts'
import { isGone, type PoolNow, poolNow } from './read-pools.ts'
import { moveApplication, readApplication } from './refill/store.ts'
import {
  ensurePools,
  forgetBalances,
  type PoolKind,
  type PoolRow,
  readAccounts,
  readFirstUse,
  readHours,
  readPools,
  saveLook,
} from './store.ts'

export type WatchDeps = PoolDeps & { readonly alarms: Alarms }

const LOW = 'pool.low'
const EMPTY = 'pool.empty'
const UNREAD = 'pool.unread'
const BALANCE_DAYS = 30
/** Questions in a row that may fail before people are told: about three turns at the usual rhythm. */
const UNREAD_TURNS = 3

/** Looks at every pool: how fast it goes, whether more must be asked for, and who must be told. Stateless; heals itself. */
export async function watchPools(deps: WatchDeps): Promise<void> {
  const { db, clock, alarms } = deps
  const now = clock.now()
  await syncPools(deps)
  const rows = await readPools(db)
  await saveLook(db, await looksOf(deps, rows), now)
  const pools = (await readPools(db)).map(poolNow)
  for (const pool of pools) await followRefill(deps, pool)
  await unblockRefilled(deps, pools)
  await forgetBalances(db, now.subtract({ hours: 24 * BALANCE_DAYS }))
  const told = (await readPools(db)).map(poolNow).filter(({ row }) => row.active)
  await alarms.settle(
    LOW,
    told.filter((one) => one.standing === 'low').map((one) => lowSignal(one, nameOf(told))),
  )
  await alarms.settle(
    EMPTY,
    told.filter(isEmpty).map((one) => emptySignal(one, nameOf(told))),
  )
  const since = now.subtract({ minutes: deps.limits.balanceMinutes * UNREAD_TURNS })
  await alarms.settle(
    UNREAD,
    told.flatMap(({ row }) =>
      row.kind === 'balance' &&
      row.ask_failing_since !== null &&
      Temporal.Instant.compare(row.ask_failing_since, since) <= 0
        ? [unreadSignal(row)]
        : [],
    ),
  )
}

/** Accounts whose carrier counts numbers, or lets us number, have a pool. */
async function syncPools({ db, clock, find }: WatchDeps): Promise<void> {
  const accounts = await readAccounts(db)
  const wanted = accounts.flatMap(({ id, connection_id }) => {
    const numbers = find(connection_id)?.connector.waybill?.numbers
    return numbers === 'segment' || numbers === 'balance'
      ? [{ accountId: id, kind: numbers as PoolKind }]
      : []
  })
  await ensurePools(db, wanted, clock.now())
}

async function looksOf({ db, clock, limits }: WatchDeps, rows: readonly PoolRow[]) {
  const now = clock.now()
  const hours = await readHours(db, now)
  const first = await readFirstUse(db, now)
  return rows.map((row) => {
    const own = new Map(
      hours.flatMap(({ account_id, ago, count }) =>
        account_id === row.account_id ? [[ago, Number(count)]] : [],
      ),
    )
    return {
      accountId: row.account_id,
      rate: rateOf(own, first.get(row.account_id) ?? 1),
      numbers: limits.lowNumbers,
      hours: limits.lowHours,
    }
  })
}

async function followRefill(deps: WatchDeps, pool: PoolNow): Promise<void> {
  const { row } = pool
  await deps.db.begin(async (tx) => {
    const application = row.application_id === null ? null : await readApplication(tx, row.application_id)
    const step = decideRefill({ isLow: pool.isLow && row.active, refill: row.refill }, application)
    if (step === 'ask')
      await openApplication(deps, tx, row, {
        because: pool.standing === 'empty' ? 'empty' : 'low',
        by: 'hub',
        count: null,
        note: '',
      })
    else if (step === 'settle' && application !== null)
      await moveApplication(
        tx,
        application.id,
        { state: 'filled', code: null, detail: `${pool.left ?? ''} left` },
        deps.clock.now(),
      )
  })
}

/** An account that was taken out because its numbers were gone comes back by itself once there are some. */
async function unblockRefilled(deps: WatchDeps, pools: readonly PoolNow[]): Promise<void> {
  for (const { row, left, standing } of pools) {
    if (!isGone(row) || row.blocked_at === null) continue
    const toldSince =
      row.kind === 'segment' ||
      (row.balance_at !== null && Temporal.Instant.compare(row.balance_at, row.blocked_at) > 0)
    if (toldSince && (standing === 'unlimited' || (left ?? 0) > 0))
      await deps.db.begin((tx) => deps.unblock(tx, row.account_id))
  }
}

function isEmpty({ row, standing }: PoolNow): boolean {
  return standing === 'empty' || isGone(row)
}

type NameOf = (accountId: bigint) => string
function nameOf(pools: readonly PoolNow[]): NameOf {
  const names = new Map(pools.map(({ row }) => [row.account_id, row.account_name]))
  return (id) => names.get(id) ?? id.toString()
}

function lowSignal(pool: PoolNow, name: NameOf): AlarmSignal {
  const { row, left, hoursLeft } = pool
  const time =
    hoursLeft === null
      ? { zh: '', en: '' }
      : {
          zh: `，按每小时约 ${Math.round(row.rate_per_hour)} 个还能用 ${hoursText(hoursLeft)} 小时`,
          en: `, which lasts ${hoursText(hoursLeft)} h at about ${Math.round(row.rate_per_hour)} an hour`,
        }
  const next = nextWords(pool, name)
  return {
    rule: LOW,
    subject: row.account_id.toString(),
    severity: 'warning',
    words: {
      zh: `「${row.account_name}」（${row.carrier}）面单号只剩 ${left} 个${time.zh}。${next.zh}`,
      en: `"${row.account_name}" (${row.carrier}) has ${left} waybill numbers left${time.en}. ${next.en}`,
    },
    evidence: evidenceOf(pool),
    link: `/number-pools?open=${row.account_id}`,
  }
}

function emptySignal(pool: PoolNow, name: NameOf): AlarmSignal {
  const { row } = pool
  const next = nextWords(pool, name)
  const said =
    isGone(row) && pool.standing !== 'empty'
      ? { zh: '快递公司答复单号已用完', en: 'the carrier says that its numbers are gone' }
      : { zh: '面单号已用完', en: 'it has no waybill numbers left' }
  return {
    rule: EMPTY,
    subject: row.account_id.toString(),
    severity: row.fail_over_to === null ? 'critical' : 'warning',
    words: {
      zh: `「${row.account_name}」（${row.carrier}）${said.zh}，取号已停。${next.zh}`,
      en: `"${row.account_name}" (${row.carrier}): ${said.en}; it makes no waybills. ${next.en}`,
    },
    evidence: evidenceOf(pool),
    link: `/number-pools?open=${row.account_id}`,
  }
}

/** What the hub does already, and what is left for a person. */
function nextWords({ row }: PoolNow, name: NameOf): Words {
  const over =
    row.fail_over_to === null
      ? { zh: '没有设后备账号。', en: 'No account stands in for it. ' }
      : {
          zh: `新面单改走「${name(row.fail_over_to)}」。`,
          en: `New waybills go to "${name(row.fail_over_to)}". `,
        }
  const doing = APPLICATION_WORDS[row.application_state ?? 'none'] ?? APPLICATION_WORDS.none
  const act =
    row.kind === 'segment'
      ? {
          zh: '拿到新号段后在「号段与余额」录入，立即可用。',
          en: 'Enter new segments on Number pools; they are used at once.',
        }
      : {
          zh: '请向网点充值，下一次查询余额后自动恢复。',
          en: 'Have the branch top it up; the next look at the balance brings it back.',
        }
  return { zh: `${over.zh}${doing?.zh ?? ''}${act.zh}`, en: `${over.en}${doing?.en ?? ''}${act.en}` }
}

const APPLICATION_WORDS: Readonly<Record<string, Words>> = {
  none: { zh: '', en: '' },
  open: {
    zh: '已登记申请，等人联系网点。',
    en: 'An application is recorded; somebody must ask the branch. ',
  },
  sending: { zh: '正在自动向网点申请。', en: 'The branch is being asked. ' },
  taken: {
    zh: '网点已受理申请，号段未到。',
    en: 'The branch took the application; its numbers are not here yet. ',
  },
  refused: { zh: '网点拒绝了自动申请，请打电话。', en: 'The branch refused the application: call it. ' },
}

function evidenceOf({ row, left, hoursLeft }: PoolNow): AlarmSignal['evidence'] {
  return {
    account: row.account_name,
    carrier: row.carrier,
    connection: row.connection_id,
    left,
    perHour: Math.round(row.rate_per_hour * 10) / 10,
    hoursLeft: hoursLeft === null ? null : Math.round(hoursLeft * 10) / 10,
    threshold: row.low_at ?? row.threshold,
    application: row.application_state,
  }
}

function unreadSignal(row: PoolRow): AlarmSignal {
  const known =
    row.balance_at === null
      ? { zh: '从未查到过', en: 'it was never told' }
      : { zh: `目前按最后一次 ${row.balance} 个推算`, en: `it is reckoned from the ${row.balance} told last` }
  return {
    rule: UNREAD,
    subject: row.account_id.toString(),
    severity: 'warning',
    words: {
      zh: `「${row.account_name}」（${row.carrier}）的单号余额查不到：${row.ask_code ?? ''} ${row.ask_detail ?? ''}；${known.zh}。看凭证与账号里的网点编码，改好后在「号段与余额」点“立即查询”。`,
      en: `The balance of "${row.account_name}" (${row.carrier}) cannot be read: ${row.ask_code ?? ''} ${row.ask_detail ?? ''}; ${known.en}. Look at the credentials and the branch code of the account, then press Ask now on Number pools.`,
    },
    evidence: {
      account: row.account_name,
      code: row.ask_code,
      connection: row.connection_id,
      balance: row.balance,
    },
    link: `/number-pools?open=${row.account_id}`,
  }
}

function hoursText(hours: number): string {
  return hours < 10 ? hours.toFixed(1) : String(Math.round(hours))
}
