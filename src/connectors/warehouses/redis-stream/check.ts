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
import { redisFault } from './faults.ts'
import { listStreams } from './look.ts'
import { type Client, openRedis } from './open-redis.ts'
import { parseStreamSettings, type StreamSettings } from './settings.ts'
import { readGroup } from './stream-facts.ts'

const NAMES = [
  'settings',
  'network',
  'tls',
  'login',
  'version',
  'stream_exists',
  'read_rights',
  'group',
  'clock',
] as const
const CLOCK_MOST_MS = 2_000

/** Looks only: groups are made when following begins. The right to make one is tried on a key that is none. */
export async function check(settings: Settings, deps: CallDeps): Promise<readonly FeedCheck[]> {
  const parsed = parseStreamSettings(settings)
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
  let client: Client
  try {
    client = await openRedis(deps.openTcp, own)
  } catch (error) {
    return rest([...done, ...openingChecks(error, own)])
  }
  try {
    const address = addressOf(own)
    done.push(passed('network', `${address} 可达`, `${address} answers`), tlsCheck(own))
    done.push(
      passed('login', `以 ${own.user ?? 'default'} 登录成功`, `Signed in as ${own.user ?? 'default'}`),
    )
    done.push(await versionCheck(client))
    done.push(...(await streamChecks(client, own)))
    done.push(await clockCheck(client, deps))
  } catch (error) {
    const told = new Set(done.map(({ name }) => name))
    const next = NAMES.find((name) => !told.has(name))
    if (next !== undefined) done.push(failed(next, rightsTrouble(error, own)))
  } finally {
    client.close()
  }
  return rest(done)
}

function rest(done: readonly FeedCheck[]): FeedCheck[] {
  const told = new Set(done.map(({ name }) => name))
  return [...done, ...NAMES.filter((name) => !told.has(name)).map(skipped)]
}

function addressOf({ nodes }: StreamSettings): string {
  return nodes.map(({ host, port }) => `${host}:${port}`).join(', ')
}

function openingChecks(error: unknown, own: StreamSettings): FeedCheck[] {
  const [first] = own.nodes
  const address = first === undefined ? '' : `${first.host}:${first.port}`
  if (error instanceof Outage) return [failed('network', networkTrouble(error.code, address))]
  const { code, words } = redisFault(error)
  const reached = passed('network', `${address} 可达`, `${address} answers`)
  if (code === 'login' || code === 'rights')
    return [
      reached,
      failed('login', {
        zh: own.password === null ? '服务器要求密码' : `服务器不接受用户 ${own.user ?? 'default'} 的登录`,
        en:
          own.password === null
            ? 'The server wants a password'
            : `The server does not accept the sign-in of ${own.user ?? 'default'}`,
        todo: {
          zh: '核对用户名和密码；没有专用账号时由管理员执行',
          en: 'Check user and password; or an administrator makes the account',
          command: aclCommand(own),
        },
      }),
    ]
  if (code === 'protected')
    return [
      reached,
      failed('login', {
        zh: '服务器处于保护模式，只接受本机连接',
        en: 'The server is in protected mode and accepts its own machine only',
        todo: {
          zh: '给服务器设置密码或 ACL 用户',
          en: 'Give it a password or ACL users',
          command: aclCommand(own),
        },
      }),
    ]
  if (code === 'tls')
    return [
      reached,
      failed('tls', {
        zh: `TLS 握手失败：${words}`,
        en: `TLS could not be agreed on: ${words}`,
        todo: {
          zh: '确认该端口启用了 TLS（tls-port）；内部 CA 签发时填写 CA 证书，且证书包含该主机名',
          en: 'Check that this port speaks TLS (tls-port), that the authority is entered and the certificate is for this host',
        },
      }),
    ]
  if (code === 'cluster')
    return [
      reached,
      failed('version', {
        zh: `不是 Redis Cluster，或集群不可用：${words}`,
        en: `No Redis Cluster, or it is down: ${words}`,
        todo: {
          zh: '核对部署方式；在任一节点上查看集群状态',
          en: 'Check the kind of server; ask any node',
          command: 'redis-cli CLUSTER INFO',
        },
      }),
    ]
  return [
    failed('network', {
      zh: `${address} 有响应，但不是 Redis 协议，或立即断开${own.tls.mode === 'off' ? '（端口可能要求 TLS）' : ''}`,
      en: `What answers at ${address} does not speak the Redis protocol, or closed the line${own.tls.mode === 'off' ? ' (the port may want TLS)' : ''}`,
      todo: { zh: '核对端口和 TLS 设置', en: 'Check the port and the TLS setting' },
    }),
  ]
}

function tlsCheck({ tls }: StreamSettings): FeedCheck {
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

/** The account needs no INFO; where it may not have it, the commands are tried by themselves. */
async function versionCheck(client: Client): Promise<FeedCheck> {
  const info = await client.call('INFO', 'server').then(String, () => '')
  const version = /redis_version:(\S+)/.exec(info)?.[1] ?? null
  if (version === null) return passed('version', 'Redis（版本未公开）', 'Redis; its version is not told')
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major >= 7) return passed('version', `Redis ${version}`, `Redis ${version}`)
  if (major === 6 && minor >= 2)
    return doubtful('version', {
      zh: `Redis ${version} 不记录累计消息数，裁剪后无法区分是否漏读，一律按漏读处理`,
      en: `Redis ${version} does not count entries: after a trim nobody can tell whether some were missed, so it is taken for a gap`,
      todo: { zh: '建议升级到 7', en: 'Consider version 7' },
    })
  return failed('version', {
    zh: `Redis ${version} 太旧，需要 6.2 以上（XAUTOCLAIM）`,
    en: `Redis ${version} is too old; 6.2 or newer is needed (XAUTOCLAIM)`,
    todo: { zh: '升级 Redis', en: 'Upgrade it' },
  })
}

async function streamChecks(client: Client, own: StreamSettings): Promise<FeedCheck[]> {
  let streams: string[]
  try {
    streams = await listStreams(client, 500)
  } catch (error) {
    return [failed('stream_exists', rightsTrouble(error, own))]
  }
  const [first] = streams
  if (first === undefined)
    return [
      failed('stream_exists', {
        zh: `库 ${own.database} 里没有 Stream，或账号看不到`,
        en: `There is no stream in database ${own.database}, or the account may not see it`,
        todo: {
          zh: '核对库号；让 WMS 先写入一条消息',
          en: 'Check the database number; have the WMS write a first entry',
          command: 'XADD wms:stock * sku SKU-1 qty 10 version 1',
        },
      }),
    ]
  const seen = passed(
    'stream_exists',
    `看到 ${streams.slice(0, 3).join('、')}${streams.length > 3 ? ` 等 ${streams.length} 个 Stream` : ''}`,
    `Sees ${streams.slice(0, 3).join(', ')}${streams.length > 3 ? ` of ${streams.length} streams` : ''}`,
  )
  for (const key of streams) {
    try {
      await client.call('XINFO', 'STREAM', key)
      await client.call('XRANGE', key, '-', '+', 'COUNT', 1)
    } catch (error) {
      if (redisFault(error).code === 'rights') continue
      throw error
    }
    const right = passed('read_rights', `可以读取 ${key}`, `${key} may be read`)
    return [seen, right, await groupCheck(client, own, key)]
  }
  return [seen, failed('read_rights', rightsTrouble(new Error('NOPERM'), own))]
}

/** Every command of following is tried where it changes nothing: a group that is none, an id that is none. */
async function groupCheck(client: Client, own: StreamSettings, key: string): Promise<FeedCheck> {
  const none = `${own.group}:check:none`
  const tries: readonly (readonly (string | number)[])[] = [
    // Both ids are read before the group is looked for; a wrong one ends it there.
    ['XGROUP', 'CREATE', key, own.group, 'no-id'],
    ['XGROUP', 'SETID', key, none, '0'],
    ['XREADGROUP', 'GROUP', none, 'check', 'COUNT', 1, 'STREAMS', key, '>'],
    ['XACK', key, none, '0-1'],
    ['XAUTOCLAIM', key, none, 'check', 3_600_000, '0', 'COUNT', 1],
  ]
  for (const [command = '', ...args] of tries) {
    const error = await client.call(String(command), ...args).then(
      () => null,
      (given: unknown) => given,
    )
    if (error !== null && redisFault(error).code === 'rights')
      return failed('group', {
        zh: `账号没有消费组权限（${command}）`,
        en: `The account may not work with consumer groups (${command})`,
        todo: { zh: '由管理员执行', en: 'An administrator runs', command: aclCommand(own) },
      })
  }
  const group = await readGroup(client, key, own.group)
  const there = group === null ? ['开始采集时创建', 'made when following begins'] : ['已存在', 'is there']
  return passed('group', `消费组 ${own.group} ${there[0]}`, `The group ${own.group} ${there[1]}`)
}

async function clockCheck(client: Client, { clock }: CallDeps): Promise<FeedCheck> {
  const before = clock.now().epochMilliseconds
  const answer = await client.call('TIME').catch(() => null)
  if (!Array.isArray(answer))
    return passed('clock', '账号无权读取服务器时间，跳过', 'The account may not read the clock; left out')
  const there = Number(answer[0]) * 1_000 + Number(answer[1]) / 1_000
  const aheadMs = there - (before + clock.now().epochMilliseconds) / 2
  if (Math.abs(aheadMs) <= CLOCK_MOST_MS)
    return passed('clock', 'Redis 与中枢时钟一致', 'The clocks of Redis and hub agree')
  const seconds = Math.abs(Math.round(aheadMs / 100) / 10)
  return doubtful('clock', {
    zh: `Redis 时钟比中枢${aheadMs > 0 ? '快' : '慢'} ${seconds} 秒，采集延迟的数字会有同样的偏差`,
    en: `The clock of Redis is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the hub’s; lag is told wrong by as much`,
    todo: {
      zh: '在两台机器上启用 NTP 对时',
      en: 'Keep both machines on NTP',
      command: 'timedatectl set-ntp true',
    },
  })
}

function rightsTrouble(error: unknown, own: StreamSettings): Trouble {
  const { code, words } = redisFault(error)
  if (code === 'rights')
    return {
      zh: '账号没有需要的权限',
      en: `The account lacks a right: ${words}`,
      todo: { zh: '由管理员执行', en: 'An administrator runs', command: aclCommand(own) },
    }
  return {
    zh: `检查时出错：${words}`,
    en: `The check broke off: ${words}`,
    todo: { zh: '稍后重新检查', en: 'Check again in a moment' },
  }
}

/** The least that following needs; put the stream's key for `wms:stock`. */
export function aclCommand({ user, group }: Pick<StreamSettings, 'user' | 'group'>): string {
  const commands =
    '+ping +scan +type +time +xlen +xinfo +xrange +xrevrange +xgroup|create +xgroup|setid +xreadgroup +xack +xautoclaim +cluster|slots +cluster|shards'
  return `ACL SETUSER ${user ?? group} on '><password>' resetkeys ~wms:stock resetchannels -@all ${commands}`
}
