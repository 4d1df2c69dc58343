import type { Words } from '#domain/notice.ts'
import type { AlarmSignal } from '#platform/alarms/alarms.ts'
import { judgeTls, TLS_FAULTS, type TlsFault, type TlsLimits } from './core/tls.ts'
import { requestsOf, TROUBLES, type Trouble } from './core/verdict.ts'
import { type Health, WINDOW_MINUTES } from './read-health.ts'
import type { ProbeRow } from './store.ts'

// What each trouble says to the person who is woken by it: the figures, and what to do first.

const SEVERITY: Readonly<Record<Trouble, 'warning' | 'critical'>> = {
  all_rejected: 'critical',
  silent: 'critical',
  signature_failures: 'critical',
  unavailable: 'critical',
  wrong_address: 'warning',
  slow: 'warning',
}

export function callbackRule(trouble: Trouble): string {
  return `callback.${trouble}`
}
export function tlsRule(fault: TlsFault): string {
  return `tls.${fault}`
}
export const CALLBACK_RULES = TROUBLES.map((trouble) => ({ trouble, rule: callbackRule(trouble) }))
export const TLS_RULES = TLS_FAULTS.map((fault) => ({ fault, rule: tlsRule(fault) }))

/** The alarms of one trouble, one per connection that has it. */
export function callbackSignals(trouble: Trouble, healths: readonly Health[]): AlarmSignal[] {
  return healths
    .filter(({ troubles }) => troubles.includes(trouble))
    .map((health) => ({
      rule: callbackRule(trouble),
      subject: health.connection.id,
      severity: SEVERITY[trouble],
      words: WORDS[trouble](health),
      evidence: evidenceOf(health),
      link: `/callbacks?open=${encodeURIComponent(health.connection.id)}`,
    }))
}

function evidenceOf({ connection, window, silence, address, codes }: Health): AlarmSignal['evidence'] {
  return {
    connection: connection.name,
    kind: connection.kind,
    minutes: WINDOW_MINUTES,
    requests: requestsOf(window),
    accepted: window.accepted + window.duplicate,
    rejected: window.rejected,
    forged: window.forged,
    unavailable: window.unavailable,
    late: window.late,
    topCode: Object.keys(codes)[0] ?? null,
    silentMinutes: silence === null ? null : Math.floor(silence.seconds / 60),
    expectedSince: silence?.expected == null ? null : Math.round(silence.expected * 10) / 10,
    ourAddress: address.ours === null ? null : withoutToken(address.ours),
    wrongAddress: address.worst === null ? null : withoutToken(address.worst),
  }
}

const WORDS: Readonly<Record<Trouble, (health: Health) => Words>> = {
  silent: ({ connection: { name }, silence }) => {
    const minutes = Math.floor((silence?.seconds ?? 0) / 60)
    const expected = silence?.expected == null ? null : figure(silence.expected)
    return {
      zh: `「${name}」已 ${minutes} 分钟没有消息${expected === null ? '' : `，按往常规律这段时间应有约 ${expected} 条`}。先到平台后台看推送是否被停用、地址是否改动，再用"查单"确认平台有新订单；漏掉的由补拉轮询找回。`,
      en: `${name} has sent nothing for ${minutes} min${expected === null ? '' : `; about ${expected} messages were to be expected`}. Look at the platform whether the push was switched off or its address changed; the fallback poll finds what was missed meanwhile.`,
    }
  },
  all_rejected: ({ connection: { name }, window, codes }) => ({
    zh: `「${name}」最近 ${WINDOW_MINUTES} 分钟的 ${window.rejected} 个推送全部被拒（${topCode(codes)}）。多半是平台更换了密钥或连接里的密钥填错：到平台核对应用密钥，改好连接设置后平台会重发。`,
    en: `All ${window.rejected} pushes of ${name} in the last ${WINDOW_MINUTES} min were refused (${topCode(codes)}). Most likely a secret was changed: compare it at the platform, correct the connection; the platform sends again.`,
  }),
  signature_failures: ({ connection: { name }, window, codes }) => ({
    zh: `「${name}」最近 ${WINDOW_MINUTES} 分钟有 ${window.forged}/${requestsOf(window)} 个请求签名或时间戳不对（${topCode(codes)}）。若平台刚换密钥，请填上新旧两个密钥；若来源陌生，是有人冒充，数据未被接收。`,
    en: `${window.forged} of ${requestsOf(window)} requests to ${name} in the last ${WINDOW_MINUTES} min had a wrong signature or time (${topCode(codes)}). If the platform rotates its secret, enter both; if the sender is strange, somebody forges: nothing of it was taken in.`,
  }),
  unavailable: ({ connection: { name }, window }) => ({
    zh: `「${name}」最近 ${WINDOW_MINUTES} 分钟有 ${window.unavailable}/${requestsOf(window)} 个推送被答复"稍后再发"。看首页数据库与积压：数据库不可写、磁盘满或通道已满；平台会重发，但次数有限。`,
    en: `${window.unavailable} of ${requestsOf(window)} pushes of ${name} in the last ${WINDOW_MINUTES} min were answered "come back later". Look at the database, the disk and the lanes; the platform sends again, but not for ever.`,
  }),
  wrong_address: ({ connection: { name }, address }) => ({
    zh: `「${name}」的回调地址与本系统不符：${wrongIs(address).zh}。到平台后台改成本页所示地址；若在反向代理之后，检查 TRUST_PROXY。`,
    en: `${name} is called under another address than ours: ${wrongIs(address).en}. Correct it at the platform with the address shown on the page; behind a reverse proxy, look at TRUST_PROXY.`,
  }),
  slow: ({ connection: { connector, name }, window }) => ({
    zh: `「${name}」最近 ${WINDOW_MINUTES} 分钟有 ${window.late}/${requestsOf(window)} 个推送的应答超过平台时限（${connector.ackDeadlineMs ?? 0} 毫秒），平台会当作失败重发，连续失败可能停掉推送。看磁盘与数据库负载。`,
    en: `${window.late} of ${requestsOf(window)} pushes of ${name} in the last ${WINDOW_MINUTES} min were answered after the platform's limit (${connector.ackDeadlineMs ?? 0} ms); it counts them as failed and may stop pushing. Look at the load of disk and database.`,
  }),
}

function wrongIs(address: Health['address']): Words {
  if (address.worst !== null && address.match !== 'same') {
    const seen = withoutToken(address.worst)
    return { zh: `平台登记的是 ${seen}`, en: `the platform has ${seen} on record` }
  }
  const odd = address.observed.find(({ match }) => match !== null && match !== 'same')
  return {
    zh: `最近一小时 ${odd?.count ?? 0} 个请求以 ${odd?.origin ?? ''} 访问`,
    en: `${odd?.count ?? 0} requests of the last hour came as ${odd?.origin ?? ''}`,
  }
}

/** The token in the path is all that an address needs to be called; alarms travel to chat rooms. */
export function withoutToken(url: string): string {
  return url.replace(/(\/callback\/)[^/?#]{4,}/, '$1…')
}

function topCode(codes: Readonly<Record<string, number>>): string {
  return Object.keys(codes)[0] ?? '-'
}

function figure(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value))
}

/** The alarms of one fault, one per address whose last look found it the worst. */
export function tlsSignals(
  fault: TlsFault,
  probes: readonly ProbeRow[],
  now: Temporal.Instant,
  limits: TlsLimits,
): AlarmSignal[] {
  return probes.flatMap((probe) => {
    const judged = judgeTls(probe.outcome, now, limits)
    if (judged.fault !== fault) return []
    return [
      {
        rule: tlsRule(fault),
        subject: probe.address,
        severity: judged.severity,
        words: tlsWords(fault, probe, judged.daysLeft ?? 0),
        evidence: {
          address: probe.address,
          daysLeft: judged.daysLeft,
          notAfter: probe.outcome.notAfter,
          issuer: probe.outcome.issuer,
          names: probe.outcome.names.join(', ').slice(0, 300),
          chain: probe.outcome.chainFault,
          sent: probe.outcome.chainLength,
          unreachable: probe.outcome.unreachable,
        },
        link: '/callbacks?tls=1',
      },
    ]
  })
}

function tlsWords(fault: TlsFault, { address, outcome }: ProbeRow, days: number): Words {
  const until = outcome.notAfter?.slice(0, 10) ?? ''
  const all: Record<TlsFault, Words> = {
    expiring: {
      zh: `${address} 的证书还剩 ${days} 天（${until} 到期）。现在就续期并重新加载反向代理；到期后所有平台都会停止推送。`,
      en: `The certificate of ${address} ends in ${days} days (${until}). Renew it and reload the reverse proxy now; once it is over every platform stops pushing.`,
    },
    expired: {
      zh: `${address} 的证书不在有效期内（${until}）。平台现在推送不进来：立即更换证书并重新加载反向代理，再点"立即检查"。`,
      en: `The certificate of ${address} is not valid today (ends ${until}). Platforms cannot push: replace it and reload the reverse proxy at once, then probe again.`,
    },
    name: {
      zh: `${address} 的证书不含这个域名（证书上是 ${outcome.names.slice(0, 3).join('、') || '无'}）。平台会拒绝连接：换成含此域名的证书，或改正 PUBLIC_URL。`,
      en: `The certificate of ${address} is for other names (${outcome.names.slice(0, 3).join(', ') || 'none'}). Platforms refuse it: install one for this name, or correct PUBLIC_URL.`,
    },
    chain: {
      zh: `${address} 的证书链不可信（${outcome.chainFault ?? ''}，服务器给出 ${outcome.chainLength} 张）。多半漏配中间证书：在反向代理上使用 fullchain 文件。浏览器可能正常，平台却会拒绝。`,
      en: `The certificate chain of ${address} is not trusted (${outcome.chainFault ?? ''}, ${outcome.chainLength} sent). Most likely the intermediate is missing: use the fullchain file at the reverse proxy. Browsers may be content where platforms are not.`,
    },
    unreachable: {
      zh: `${address} 无法建立 TLS 连接：${outcome.unreachable ?? ''}。平台多半也连不上：看域名解析、防火墙、反向代理是否在运行。`,
      en: `No TLS connection to ${address}: ${outcome.unreachable ?? ''}. Platforms will not get through either: look at the name, the firewall and whether the reverse proxy runs.`,
    },
  }
  return all[fault]
}
