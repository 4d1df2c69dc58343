import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Settings } from '#domain/connector.ts'
import type { Clock } from '#kernel/clock.ts'
import {
  minuteCounter,
  okJson,
  type Robot,
  type RobotAnswer,
  type RobotRequest,
  robotServer,
} from './robot-server.ts'

export type SimRobot = Robot & {
  readonly kind: string
  /** Settings with which a connection reaches it. */
  readonly settings: Settings
}

const HOUR_MS = 3_600_000

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function jsonOf(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

const refuse = (answer: RobotAnswer) => ({ answer, text: null })

/** 钉钉 group robot with 加签: errors come with HTTP 200, more than 20 a minute are refused. */
export async function simDingtalk({ clock }: { readonly clock: Clock }): Promise<SimRobot> {
  const token = 'simulated-dingtalk-token'
  const secret = 'SECsimulated-dingtalk-secret'
  const count = minuteCounter(() => clock.now().epochMilliseconds)
  const judge = (request: RobotRequest) => {
    const say = (errcode: number, errmsg: string) => refuse(okJson({ errcode, errmsg }))
    if (request.method !== 'POST') return say(43002, 'need POST')
    if (!(request.headers['content-type'] ?? '').startsWith('application/json'))
      return say(43004, 'bad content type')
    if (request.path !== '/robot/send' || request.query.get('access_token') !== token)
      return say(300005, 'token is not exist')
    const timestamp = request.query.get('timestamp') ?? ''
    const wanted = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64')
    const drift = Math.abs(clock.now().epochMilliseconds - Number(timestamp))
    if (!/^\d{13}$/.test(timestamp) || drift > HOUR_MS || !sameText(request.query.get('sign') ?? '', wanted))
      return say(310000, 'sign not match')
    if (count() > 20) return say(130101, 'send too fast, exceed 20 times per minute')
    if (Buffer.byteLength(request.body) > 20_000) return say(460101, 'message too long, exceed 20000 bytes')
    const { msgtype, text } = jsonOf(request.body) as { msgtype?: string; text?: { content?: string } }
    if (msgtype !== 'text' || typeof text?.content !== 'string') return say(40035, '缺少参数 json')
    return { answer: okJson({ errcode: 0, errmsg: 'ok' }), text: text.content }
  }
  const server = await robotServer(judge)
  const settings = { access_token: token, secret, api_url: `${server.origin}/robot/send` }
  return { ...server, kind: 'dingtalk', settings }
}

/** 企业微信 group robot: the key is all there is; text of at most 2,048 bytes. */
export async function simWecom({ clock }: { readonly clock: Clock }): Promise<SimRobot> {
  const key = 'simulated-wecom-key-693a91f6'
  const count = minuteCounter(() => clock.now().epochMilliseconds)
  const server = await robotServer((request) => {
    const say = (errcode: number, errmsg: string) => refuse(okJson({ errcode, errmsg }))
    if (request.path !== '/cgi-bin/webhook/send' || request.query.get('key') !== key)
      return say(93000, 'invalid webhook url, hint: [1], from ip: 127.0.0.1')
    if (count() > 20) return say(45009, 'api freq out of limit')
    const { msgtype, text } = jsonOf(request.body) as { msgtype?: string; text?: { content?: string } }
    if (msgtype !== 'text') return say(40008, 'invalid message type')
    if (typeof text?.content !== 'string' || text.content === '') return say(44004, 'empty content')
    if (Buffer.byteLength(text.content) > 2_048) return say(40058, 'content exceed max length')
    return { answer: okJson({ errcode: 0, errmsg: 'ok' }), text: text.content }
  })
  return {
    ...server,
    kind: 'wecom',
    settings: { key, api_url: `${server.origin}/cgi-bin/webhook/send` },
  }
}

/** 飞书 custom robot with 签名校验: the key is `timestamp\nsecret`, the message empty. */
export async function simFeishu({ clock }: { readonly clock: Clock }): Promise<SimRobot> {
  const token = 'simulated-feishu-token-b6f2'
  const secret = 'simulated-feishu-secret'
  const count = minuteCounter(() => clock.now().epochMilliseconds)
  const server = await robotServer((request) => {
    const say = (code: number, msg: string) => refuse(okJson({ code, msg, data: {} }))
    if (request.path !== `/open-apis/bot/v2/hook/${token}`)
      return say(19001, 'param invalid: incoming webhook access token invalid')
    const body = jsonOf(request.body) as {
      timestamp?: string
      sign?: string
      msg_type?: string
      content?: { post?: { zh_cn?: { title?: string; content?: { text?: string; href?: string }[][] } } }
    }
    const wanted = createHmac('sha256', `${body.timestamp}\n${secret}`).update('').digest('base64')
    const drift = Math.abs(clock.now().epochMilliseconds - Number(body.timestamp) * 1_000)
    if (!(drift <= HOUR_MS) || !sameText(body.sign ?? '', wanted))
      return say(19021, 'sign match fail or timestamp is not within one hour from current time')
    if (count() > 100) return say(11232, 'frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]')
    if (Buffer.byteLength(request.body) > 20_480) return say(9499, 'Bad Request')
    const post = body.content?.post?.zh_cn
    if (body.msg_type !== 'post' || post?.content === undefined) return say(9499, 'Bad Request')
    const words = post.content.flat().map(({ text, href }) => href ?? text ?? '')
    const answer = okJson({ code: 0, msg: 'success', StatusCode: 0, StatusMessage: 'success', data: {} })
    return { answer, text: [post.title ?? '', ...words].join('\n') }
  })
  return {
    ...server,
    kind: 'feishu',
    settings: { token, secret, api_url: `${server.origin}/open-apis/bot/v2/hook` },
  }
}

/** A receiver of Standard Webhooks: checks every signature of the list, five minutes of drift, and drops repeats by id. */
export async function simWebhook({ clock }: { readonly clock: Clock }): Promise<SimRobot> {
  const key = Buffer.from('simulated-webhook-receiver-key-32')
  const ids = new Set<string>()
  const server = await robotServer((request) => {
    const {
      'webhook-id': id = '',
      'webhook-timestamp': timestamp = '',
      'webhook-signature': given = '',
    } = request.headers
    const wanted = `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${request.body}`).digest('base64')}`
    const drift = Math.abs(clock.now().epochMilliseconds / 1_000 - Number(timestamp))
    if (id === '' || !(drift <= 300) || !given.split(' ').some((one) => sameText(one, wanted)))
      return refuse({ status: 401, body: '{"error":"signature"}' })
    if (ids.has(id)) return refuse({ status: 204, body: '' })
    ids.add(id)
    const { data } = jsonOf(request.body) as { data?: { title?: string } }
    return { answer: { status: 204, body: '' }, text: data?.title ?? '' }
  })
  return {
    ...server,
    kind: 'webhook',
    settings: { url: `${server.origin}/hooks/alarms`, secret: `whsec_${key.toString('base64')}` },
  }
}
