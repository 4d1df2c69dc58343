import {
  doubtful,
  failed,
  networkTrouble,
  passed,
  skipped,
  type Trouble,
} from '#connectors/warehouses/feed-check.ts'
import type { CallDeps, Settings } from '#domain/connector.ts'
import type { FeedCheck } from '#domain/stock-feed.ts'
import { Outage } from '#kernel/outage.ts'
import { readServer } from './facts.ts'
import { type ServerFault, serverFault } from './faults.ts'
import { createUser, grantSelect } from './grants.ts'
import { openServer, type Server } from './open-server.ts'
import { serverChecks } from './server-checks.ts'
import { parseServerSettings, type ServerSettings } from './settings.ts'

/** In the order in which one depends on the other. */
const NAMES = [
  'settings',
  'network',
  'tls',
  'login',
  'version',
  'binlog_enabled',
  'binlog_format',
  'binlog_row_image',
  'binlog_encoding',
  'binlog_filter',
  'monitor_rights',
  'replication_rights',
  'table_rights',
  'retention',
  'clock',
] as const

export async function check(settings: Settings, deps: CallDeps): Promise<readonly FeedCheck[]> {
  const parsed = parseServerSettings(settings)
  if (!parsed.ok)
    return rest([
      failed('settings', {
        zh: `连接信息有误：${parsed.refusal.detail}`,
        en: parsed.refusal.detail,
        todo: { zh: '按提示改正后重新检查', en: 'Correct it and check again' },
      }),
    ])
  const own = parsed.value
  const done: FeedCheck[] = [passed('settings', '连接信息完整', 'The settings are complete')]
  let server: Server
  try {
    server = await openServer(deps.openTcp, own)
  } catch (error) {
    return rest([...done, ...(await openingChecks(error, own, deps))])
  }
  try {
    done.push(
      passed('network', `${own.host}:${own.port} 可达`, `${own.host}:${own.port} answers`),
      tlsCheck(own),
      passed('login', `以 ${own.user} 登录成功`, `Signed in as ${own.user}`),
    )
    const facts = await readServer(server, () => deps.clock.now().epochMilliseconds)
    done.push(...(await serverChecks(server, own, facts)))
  } catch (error) {
    done.push(...lostCheck(error, done))
  } finally {
    server.close()
  }
  return rest(done)
}

function rest(done: readonly FeedCheck[]): FeedCheck[] {
  const told = new Set(done.map(({ name }) => name))
  return [...done, ...NAMES.filter((name) => !told.has(name)).map(skipped)]
}

/** The server went away between two questions. */
function lostCheck(error: unknown, done: readonly FeedCheck[]): FeedCheck[] {
  const told = new Set(done.map(({ name }) => name))
  const next = NAMES.find((name) => !told.has(name))
  const { words } = error instanceof Outage ? { words: error.message } : serverFault(error)
  return next === undefined
    ? []
    : [
        failed(next, {
          zh: `检查时连接中断：${words}`,
          en: `the connection broke while checking: ${words}`,
          todo: { zh: '稍后重新检查', en: 'Check again in a moment' },
        }),
      ]
}

async function openingChecks(error: unknown, own: ServerSettings, deps: CallDeps): Promise<FeedCheck[]> {
  const address = `${own.host}:${own.port}`
  if (error instanceof Outage) return [failed('network', networkTrouble(error.code, address))]
  const fault = serverFault(error)
  if (fault.code === 'handshake' || fault.code === 'connection_lost')
    return [
      failed('network', {
        zh: `${address} 有响应，但不是 MySQL/MariaDB 协议，或握手时断开`,
        en: `What answers at ${address} does not speak the MySQL protocol, or closed the line while greeting`,
        todo: {
          zh: '核对端口；确认前面没有只放行 HTTP 的代理',
          en: 'Check the port, and what proxy stands before it',
        },
      }),
    ]
  const reached = passed('network', `${address} 可达`, `${address} answers`)
  if (fault.code === 'tls' || fault.code === 'tls_demanded')
    return [reached, failed('tls', tlsTrouble(fault, own))]
  // MariaDB calls a line without encryption a wrong password where it demands one.
  if (fault.code === 'login' && own.tls.mode === 'off' && (await entersEncrypted(own, deps)))
    return [reached, failed('tls', tlsTrouble({ ...fault, code: 'tls_demanded' }, own))]
  return [reached, failed('login', loginTrouble(fault, own))]
}

async function entersEncrypted(own: ServerSettings, { openTcp }: CallDeps): Promise<boolean> {
  try {
    const server = await openServer(openTcp, { ...own, tls: { mode: 'required', authority: null } })
    server.close()
    return true
  } catch {
    return false
  }
}

function tlsCheck({ tls }: ServerSettings): FeedCheck {
  if (tls.mode === 'verify') return passed('tls', '已加密并校验证书', 'Encrypted, the certificate verified')
  if (tls.mode === 'required')
    return passed('tls', '已加密（未校验证书）', 'Encrypted; the certificate is not verified')
  return doubtful('tls', {
    zh: '连接未加密，库存数据以明文传输',
    en: 'The connection is not encrypted',
    todo: {
      zh: '跨网络连接时把 TLS 设为 verify',
      en: 'Set TLS to verify where the line leaves your own network',
    },
  })
}

function tlsTrouble({ code, words }: ServerFault, { tls, host }: ServerSettings): Trouble {
  if (code === 'tls_demanded')
    return {
      zh: '服务器只接受加密连接',
      en: 'The server accepts encrypted connections only',
      todo: { zh: '把 TLS 设为 required 或 verify', en: 'Set TLS to required or verify' },
    }
  if (/NO_SSL_SUPPORT|does not support/i.test(words))
    return {
      zh: '服务器没有启用 TLS',
      en: 'The server has TLS switched off',
      todo: {
        zh: '在服务器上配置证书并重启，或在内网中把 TLS 设为 off',
        en: 'Give the server a certificate and restart it, or set TLS to off inside a network of your own',
        command: '[mysqld]\nssl_cert=/etc/mysql/server.pem\nssl_key=/etc/mysql/server.key',
      },
    }
  return {
    zh: `服务器证书未通过校验：${words}`,
    en: `The certificate did not pass: ${words}`,
    todo: {
      zh:
        tls.authority === null
          ? '证书由内部 CA 签发时，把 CA 证书（PEM）填到连接里'
          : `确认填写的 CA 签发了该证书，且证书包含主机名 ${host}`,
      en:
        tls.authority === null
          ? 'Where an authority of your own signed it, enter that authority’s certificate (PEM)'
          : `Check that the authority entered signed it, and that it is for ${host}`,
    },
  }
}

function loginTrouble({ code, words }: ServerFault, own: ServerSettings): Trouble {
  if (code === 'no_database')
    return {
      zh: `库 ${own.database} 不存在，或账号无权进入`,
      en: `There is no database ${own.database}, or the account may not enter it`,
      todo: { zh: '核对库名，或授权', en: 'Check its name, or grant the right', command: grantSelect(own) },
    }
  if (code === 'host_not_allowed')
    return {
      zh: '服务器不允许从中枢这台机器登录',
      en: 'The server lets nobody sign in from the hub’s machine',
      todo: {
        zh: '为中枢的 IP 建账号；若因连续失败被封，先解封',
        en: 'Make the account for the hub’s address; where it was blocked after failures, unblock it',
        command: `${createUser(own)}\nFLUSH HOSTS;`,
      },
    }
  if (code === 'busy')
    return {
      zh: '服务器连接数已满',
      en: 'The server has no connection left',
      todo: { zh: '调大 max_connections，或稍后再试', en: 'Raise max_connections, or check again later' },
    }
  return {
    zh: `服务器不接受用户 ${own.user} 的登录`,
    en: `The server does not accept the sign-in of ${own.user}${code === 'login' ? '' : `: ${words}`}`,
    todo: {
      zh: '核对用户名、密码和允许登录的主机；没有专用账号时先建一个',
      en: 'Check user, password and the host it may come from; or make the account',
      command: createUser(own),
    },
  }
}
