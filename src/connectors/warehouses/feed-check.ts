import type { FeedCheck } from '#domain/stock-feed.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

export function passed(name: string, zh: string, en: string): FeedCheck {
  return { name, outcome: 'ok', words: { zh, en }, remedy: null }
}

export type Trouble = {
  readonly zh: string
  readonly en: string
  /** What a person does about it. */
  readonly todo: { readonly zh: string; readonly en: string; readonly command?: string }
}

export function failed(name: string, trouble: Trouble): FeedCheck {
  return told(name, 'failed', trouble)
}
export function doubtful(name: string, trouble: Trouble): FeedCheck {
  return told(name, 'warning', trouble)
}
/** Could not be looked at because of an earlier failure. */
export function skipped(name: string): FeedCheck {
  return {
    name,
    outcome: 'skipped',
    words: { zh: '前面的检查通过后再检查', en: 'Looked at once what comes before is in order' },
    remedy: null,
  }
}

function told(name: string, outcome: FeedCheck['outcome'], { zh, en, todo }: Trouble): FeedCheck {
  return {
    name,
    outcome,
    words: { zh, en },
    remedy: { zh: todo.zh, en: todo.en, command: todo.command ?? null },
  }
}

/** The test button: the first failure as a refusal `<feature>.<check>`, else how many checks passed and what to look at. */
export function verdictOf(feature: string, checks: readonly FeedCheck[]): Result<{ readonly words: string }> {
  const bad = checks.find(({ outcome }) => outcome === 'failed')
  if (bad !== undefined)
    return refuse(
      `${feature}.${bad.name}`,
      `${bad.words.en}${bad.remedy === null ? '' : `. ${bad.remedy.en}`}`,
      {
        words: bad.words,
        remedy: bad.remedy,
      },
    )
  const doubts = checks.filter(({ outcome }) => outcome === 'warning').map(({ words }) => words.en)
  return ok({ words: [`${checks.length} checks passed`, ...doubts].join('; ') })
}

/** What the way out said of an address, told so that a person knows where to look. */
export function networkTrouble(code: string, address: string): Trouble {
  if (code === 'http.forbidden_address')
    return {
      zh: `${address} 是本机或内网地址，中枢当前不允许连接`,
      en: `${address} is on this machine or in a private network, which the hub may not call as it is set up`,
      todo: {
        zh: '在中枢的环境变量里写明这个内网地址或网段，然后重启',
        en: 'Name this private address or its network in the hub’s environment and restart it',
        command: `PRIVATE_TARGETS=${address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')}`,
      },
    }
  return {
    zh: code === 'http.timeout' ? `${address} 没有响应` : `连不上 ${address}`,
    en: code === 'http.timeout' ? `${address} does not answer` : `${address} cannot be reached`,
    todo: {
      zh: '核对主机与端口；确认服务在监听该地址（bind-address），防火墙或安全组已放行中枢的 IP',
      en: 'Check host and port, that the server listens on that address (bind-address), and that the firewall lets the hub in',
      command: `nc -vz ${address.replace(/:(\d+)$/, ' $1')}`,
    },
  }
}
