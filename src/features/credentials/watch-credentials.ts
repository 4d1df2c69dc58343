import type { Words } from '#domain/notice.ts'
import { formatInstant } from '#kernel/instant.ts'
import type { AlarmSignal, Alarms } from '#platform/alarms/alarms.ts'
import { daysLeft } from './core/term.ts'
import { TROUBLES, type Trouble } from './core/trouble.ts'
import type { CredentialDeps } from './deps.ts'
import { type CredentialsOf, type JudgedTerm, readCredentials } from './read-credentials.ts'
import { forgetRefusals, type RefusalRow, readBlockedAccounts } from './store.ts'

export type WatchDeps = CredentialDeps & { readonly alarms: Alarms }

const EXPIRING = 'credential.expiring'
const EXPIRED = 'credential.expired'
const REFRESH_FAILED = 'credential.refresh_failed'
const RULE_OF: Readonly<Record<Trouble, string>> = {
  ip_refused: 'credential.ip_refused',
  signature_refused: 'credential.signature_refused',
  expired: EXPIRED,
  refused: 'credential.refused',
  no_permission: 'credential.no_permission',
}
const REFUSALS_KEPT_DAYS = 30
/** A refresh that fails once may be the network; twice in a row people are told. */
const FAILURES_LEAST = 2

/** Says what ends soon, what has ended, who refuses us and why, and which refreshing fails. Stateless; heals itself. */
export async function watchCredentials(deps: WatchDeps): Promise<void> {
  const { alarms, clock, db } = deps
  const now = clock.now()
  const all = (await readCredentials(deps)).filter(({ connection }) => !connection.paused)
  await alarms.settle(
    EXPIRING,
    all.flatMap((one) =>
      firstOf(one, ['critical', 'expiring']).map((term) => expiringSignal(deps, one, term)),
    ),
  )
  for (const trouble of TROUBLES) {
    const refused = all.flatMap((one) => refusalSignals(deps, one, trouble))
    const ended =
      trouble === 'expired'
        ? all.flatMap((one) =>
            refused.some(({ subject }) => subject === one.connection.id)
              ? []
              : firstOf(one, ['expired']).map((term) => expiredSignal(deps, one, term)),
          )
        : []
    await alarms.settle(RULE_OF[trouble], [...refused, ...ended])
  }
  await alarms.settle(
    REFRESH_FAILED,
    all.flatMap((one) => (isFailing(one) ? [refreshSignal(one)] : [])),
  )
  await giveAccountsBack(deps, all)
  await forgetRefusals(db, now.subtract({ hours: 24 * REFUSALS_KEPT_DAYS }))
}

/** One alarm a connection: what ends first. */
function firstOf({ terms }: CredentialsOf, states: readonly JudgedTerm['state'][]): readonly JudgedTerm[] {
  return terms.filter(({ state }) => states.includes(state)).slice(0, 1)
}

function isFailing({ refresh }: CredentialsOf): boolean {
  return refresh !== null && refresh.failures >= FAILURES_LEAST
}

function linkTo({ connection }: CredentialsOf): string {
  return `/credentials?open=${encodeURIComponent(connection.id)}`
}

function expiringSignal({ clock, zone }: WatchDeps, one: CredentialsOf, term: JudgedTerm): AlarmSignal {
  const { name, id } = one.connection
  const days = daysLeft(term.expiresAt, clock.now())
  const left = days >= 2 ? Math.floor(days) : null
  const hours = Math.max(1, Math.floor(days * 24))
  const until = formatInstant(term.expiresAt, zone()).slice(0, 16).replace('T', ' ')
  const how = term.renewable
    ? {
        zh: '系统续期一直失败，请手动重新授权',
        en: 'renewing by itself keeps failing: authorise it again by hand',
      }
    : {
        zh: '请在到期前换新，填入连接后点“测试”',
        en: 'Get a new one before then, enter it in the connection, press Test',
      }
  return {
    rule: EXPIRING,
    subject: id,
    severity: term.state === 'critical' ? 'critical' : 'warning',
    words: {
      zh: `「${name}」的${term.what.zh}还剩 ${left === null ? `${hours} 小时` : `${left} 天`}（${until} 到期）。${how.zh}。到期后该连接的取号、轨迹、回传都会停。`,
      en: `${term.what.en} of "${name}" ends in ${left === null ? `${hours} h` : `${left} days`} (${until}). ${how.en}. After that its waybills, tracking and reports stop.`,
    },
    evidence: {
      field: term.field,
      source: term.source,
      daysLeft: Math.floor(days),
      step: term.step,
      renewable: term.renewable,
    },
    link: linkTo(one),
  }
}

function expiredSignal({ zone }: WatchDeps, one: CredentialsOf, term: JudgedTerm): AlarmSignal {
  const since = formatInstant(term.expiresAt, zone()).slice(0, 16).replace('T', ' ')
  return {
    rule: EXPIRED,
    subject: one.connection.id,
    severity: 'critical',
    words: {
      zh: `「${one.connection.name}」的${term.what.zh}已于 ${since} 到期。换新后填入连接并点“测试”；若其实还有效，请在「凭证」页改正到期时间。`,
      en: `${term.what.en} of "${one.connection.name}" ended ${since}. Get a new one, enter it in the connection, press Test; if it still works, correct its end on Credentials.`,
    },
    evidence: { field: term.field, source: term.source },
    link: linkTo(one),
  }
}

/** One alarm a connection and trouble: the latest that stands, ours before the sender's. */
function refusalSignals(deps: WatchDeps, one: CredentialsOf, trouble: Trouble): AlarmSignal[] {
  const standing = one.refusals.filter((refusal) => refusal.stands && refusal.trouble === trouble)
  // While the hub renews an expired token by itself, within the same minute, there is nothing for people to do.
  const isCuring = trouble === 'expired' && one.canRefresh && (one.refresh?.failures ?? 0) < FAILURES_LEAST
  const [first] = standing.filter(({ side }) => side === 'outward').concat(standing)
  if (first === undefined || (isCuring && deps.clock.now().since(first.firstAt).total('minutes') < 1))
    return []
  const words = refusalWords(deps, one, first)
  return [
    {
      rule: RULE_OF[trouble],
      subject: one.connection.id,
      severity: trouble === 'no_permission' ? 'warning' : 'critical',
      words,
      evidence: {
        code: first.code,
        detail: first.detail.slice(0, 200),
        side: first.side,
        call: first.call,
        times: standing.reduce((sum, refusal) => sum + refusal.times, 0),
        since: first.firstAt.toString(),
        outwardAddress: deps.outwardAddresses,
      },
      link: linkTo(one),
    },
  ]
}

function refusalWords(deps: WatchDeps, { connection }: CredentialsOf, refusal: RefusalRow): Words {
  const { name } = connection
  const { trouble, code, detail, side } = refusal
  const said = detail === '' ? code : `${code}: ${detail.slice(0, 160)}`
  if (side === 'inward')
    return {
      zh: `「${name}」的推送验签不过已 ${refusal.times} 次（${said}），期间没有一个通过。多半是平台换了密钥：核对后在连接里填新密钥（换密钥期间新旧都填）；若来源陌生，是有人冒充，数据未被接收。`,
      en: `${refusal.times} pushes of "${name}" failed verification (${said}), none passed in between. Most likely its secret was changed: compare, enter the new one (both while it rotates). If the sender is strange, somebody forges; nothing of it was taken in.`,
    }
  const ours =
    deps.outwardAddresses === null
      ? {
          zh: '本系统的出口地址未配置（设置 OUTWARD_ADDRESSES 后会显示在此），请向网络管理员询问',
          en: 'our outward address is not configured (OUTWARD_ADDRESSES shows it here); ask whoever runs the network',
        }
      : {
          zh: `本系统的出口地址是 ${deps.outwardAddresses}`,
          en: `our outward address is ${deps.outwardAddresses}`,
        }
  const act: Readonly<Record<Trouble, Words>> = {
    ip_refused: {
      zh: `不在对方 IP 白名单内：${ours.zh}；到平台后台加入白名单后点“测试”`,
      en: `our address is not on its list: ${ours.en}. Add it at the platform, then press Test`,
    },
    signature_refused: {
      zh: '对方说签名不对：核对密钥（有无多余空格、正式与沙箱是否混用）、签名方式与本机时间，改好后点“测试”',
      en: 'it says that our signature is wrong: compare the secret (blanks, production or sandbox), the way of signing and the clock, then press Test',
    },
    expired: {
      zh: '令牌或密钥已过期：重新授权或换新，填入连接后点“测试”',
      en: 'token or key has expired: authorise again or enter a new one, then press Test',
    },
    refused: {
      zh: '对方不认账号或密钥：到平台核对，改好后点“测试”',
      en: 'it does not know the account or key: compare at the platform, correct it, then press Test',
    },
    no_permission: {
      zh: `账号没有开通这个接口（${refusal.call}）：到平台申请开通，开通后点“测试”或重试`,
      en: `the account may not use this interface (${refusal.call}): apply for it at the platform, then press Test or try again`,
    },
  }
  return {
    zh: `「${name}」拒绝了我们的调用 ${refusal.times} 次（${said}）。${act[trouble].zh}。被拒的取号与回传改好后到发件箱重试。`,
    en: `"${name}" refused ${refusal.times} of our calls (${said}): ${act[trouble].en}. Retry refused intents in the outbox afterwards.`,
  }
}

function refreshSignal(one: CredentialsOf): AlarmSignal {
  const { refresh, connection, terms } = one
  const [first] = terms.filter(({ renewable }) => renewable)
  return {
    rule: REFRESH_FAILED,
    subject: connection.id,
    severity: first === undefined || first.state === 'expired' ? 'critical' : 'warning',
    words: {
      zh: `「${connection.name}」自动续期连续失败 ${refresh?.failures ?? 0} 次（${refresh?.code ?? ''} ${refresh?.detail ?? ''}）。系统会继续重试；请到「凭证」点“立即续期”看结果，若续期凭据也已失效，到连接页重新授权。`,
      en: `Renewing the credentials of "${connection.name}" failed ${refresh?.failures ?? 0} times in a row (${refresh?.code ?? ''} ${refresh?.detail ?? ''}). The hub keeps trying; press Renew now on Credentials, and where the refresh token itself is dead, authorise it again on Connections.`,
    },
    evidence: { failures: refresh?.failures ?? 0, code: refresh?.code ?? null },
    link: linkTo(one),
  }
}

/** Accounts that were taken out for a refusal of credentials come back once calls of their connection go well again. */
async function giveAccountsBack(deps: WatchDeps, all: readonly CredentialsOf[]): Promise<void> {
  for (const account of await readBlockedAccounts(deps.db)) {
    const one = all.find(({ connection }) => connection.id === account.connection)
    if (one === undefined || account.at === null) continue
    const { at } = account
    const after = (instant: Temporal.Instant | null | undefined): boolean =>
      instant != null && Temporal.Instant.compare(instant, at) > 0
    const outward = one.refusals.filter(({ side }) => side === 'outward')
    const isWell = outward.some(({ wellAt }) => after(wellAt)) || after(one.refresh?.refreshedAt)
    if (isWell && !outward.some((refusal) => refusal.stands))
      await deps.db.begin((tx) => deps.unblock(tx, account.id))
  }
}
