import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Calls, Connector, Settings } from '#domain/connector.ts'
import type { Notice } from '#domain/notice.ts'
import { manualClock, systemClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { openHttp } from '#platform/http-client/http-call.ts'
import { openTcpTo } from '#platform/http-client/open-tcp.ts'
import { keyOf } from '#platform/webhook-sign.ts'
import { simDingtalk, simFeishu, simWebhook, simWecom } from '#sim/platforms/robots.ts'
import { type SimSmtp, simSmtp } from '#sim/platforms/smtp.ts'
import { makeCertificate } from '#test-support/certificates.ts'
import { dingtalk } from './dingtalk/index.ts'
import { dingtalkSign } from './dingtalk/sign.ts'
import { feishu } from './feishu/index.ts'
import { feishuSign } from './feishu/sign.ts'
import { cutBytes, plainText, withoutMentions } from './notice-text.ts'
import { smtp } from './smtp/index.ts'
import { mailboxOf } from './smtp/settings.ts'
import { webhook } from './webhook/index.ts'
import { wecom } from './wecom/index.ts'

const LOCAL = { allowLoopback: true, allowPrivate: false }
const START = Temporal.Instant.from('2026-11-11T00:00:00Z')

function notice(more: Partial<Notice> = {}): Notice {
  return {
    id: '0196f1d4-7c00-7000-8000-00000a1b2c3d',
    kind: 'opened',
    rule: 'callback.silent',
    severity: 'warning',
    title: '【警告】回调静默',
    paragraphs: ['「拼多多」12 分钟没有推送。先点测试。'],
    url: 'https://hub.example/alarms?open=7',
    at: START,
    data: null,
    ...more,
  }
}

function callsOf(
  connector: Connector,
  settings: Settings,
  clock: { now(): Temporal.Instant },
  rules = LOCAL,
): Calls {
  const deps = { http: openHttp(rules), openTcp: openTcpTo(rules), clock, random: seededRandom(1) }
  const calls = connector.calls?.(settings, deps)
  assert.ok(calls !== undefined)
  return calls
}

async function outageOf(work: Promise<unknown> | undefined): Promise<Outage> {
  try {
    await work
  } catch (error) {
    assert.ok(error instanceof Outage, String(error))
    return error
  }
  throw new assert.AssertionError({ message: 'no outage' })
}

test('the signatures are those of the vectors', () => {
  const secret = 'SECtest000000000000000000000000'
  assert.equal(dingtalkSign('1577262236757', secret), 'gHFkRriJ/IbvhhPZf1k9lqyMHxCsoUNbgCZPQlwFIW4=')
  assert.equal(feishuSign('1599360473', 'test-feishu-secret'), 'MaY2VUVGsFX7bscJGgvsh9T1EQ5a+tv9HR+Ocbsoubc=')
})

const ROBOTS = [
  {
    connector: dingtalk,
    start: simDingtalk,
    secret: 'secret',
    refused: 'dingtalk.security_refused',
    limit: 20,
  },
  {
    connector: dingtalk,
    start: simDingtalk,
    secret: 'access_token',
    refused: 'dingtalk.token_refused',
    limit: 20,
  },
  { connector: wecom, start: simWecom, secret: 'key', refused: 'wecom.key_refused', limit: 20 },
  { connector: feishu, start: simFeishu, secret: 'secret', refused: 'feishu.signature_refused', limit: 100 },
  { connector: feishu, start: simFeishu, secret: 'token', refused: 'feishu.token_refused', limit: 100 },
] as const

for (const { connector, start, secret, refused, limit } of ROBOTS) {
  test(`${connector.kind}: a robot takes the message, and refuses one with another ${secret}`, async () => {
    const clock = manualClock(START)
    const robot = await start({ clock })
    try {
      const calls = callsOf(connector, robot.settings, clock)
      assert.equal((await calls.notify?.(notice()))?.outcome, 'accepted')
      assert.match(robot.texts[0] ?? '', /回调静默[\s\S]*12 分钟没有推送[\s\S]*alarms\?open=7[\s\S]*0a1b2c3d/)
      assert.equal((await calls.test()).ok, true)
      assert.match(robot.texts[1] ?? '', /测试[\s\S]*无需处理/)
      const wrong = callsOf(connector, { ...robot.settings, [secret]: 'guessed-by-somebody' }, clock)
      const answer = await wrong.notify?.(notice())
      assert.equal(answer?.outcome === 'refused' ? answer.refusal.code : answer?.outcome, refused)
    } finally {
      await robot.close()
    }
  })
  if (secret === 'access_token' || secret === 'token') continue
  test(`${connector.kind}: one message too many within a minute waits a minute`, async () => {
    const clock = manualClock(START)
    const robot = await start({ clock })
    try {
      const calls = callsOf(connector, robot.settings, clock)
      for (let i = 0; i < limit; i += 1) await calls.notify?.(notice())
      const outage = await outageOf(calls.notify?.(notice()))
      assert.equal(outage.code, `${connector.kind}.rate_limited`)
      assert.deepEqual([outage.retryable, outage.unknown, outage.retryAfterMs], [true, false, 60_000])
      clock.advance({ seconds: 61 })
      assert.equal((await calls.notify?.(notice()))?.outcome, 'accepted')
    } finally {
      await robot.close()
    }
  })
}

test('the whole address of a robot may be pasted where its token is asked for', async () => {
  const clock = manualClock(START)
  const [ding, fei, we] = await Promise.all([
    simDingtalk({ clock }),
    simFeishu({ clock }),
    simWecom({ clock }),
  ])
  try {
    const pasted = {
      ...ding.settings,
      access_token: `https://oapi.dingtalk.com/robot/send?access_token=${ding.settings.access_token}`,
    }
    assert.equal((await callsOf(dingtalk, pasted, clock).test()).ok, true)
    const hook = {
      ...fei.settings,
      token: `https://open.feishu.cn/open-apis/bot/v2/hook/${fei.settings.token}`,
    }
    assert.equal((await callsOf(feishu, hook, clock).test()).ok, true)
    const key = {
      ...we.settings,
      key: `https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=${we.settings.key}`,
    }
    assert.equal((await callsOf(wecom, key, clock).test()).ok, true)
    assert.equal(dingtalk.accountOf?.(pasted), dingtalk.accountOf?.(ding.settings))
    assert.ok(!dingtalk.accountOf?.(pasted).includes(ding.settings.access_token ?? '?'))
  } finally {
    await Promise.all([ding.close(), fei.close(), we.close()])
  }
})

test('a very long notice is cut to what each robot takes, its address kept', async () => {
  const clock = manualClock(START)
  const long = notice({
    paragraphs: Array.from({ length: 60 }, (_, i) => `第 ${i} 项 ${'订单卡住😀'.repeat(40)}`),
  })
  for (const [connector, start] of [
    [dingtalk, simDingtalk],
    [wecom, simWecom],
    [feishu, simFeishu],
  ] as const) {
    const robot = await start({ clock })
    try {
      const answer = await callsOf(connector, robot.settings, clock).notify?.(long)
      assert.equal(answer?.outcome, 'accepted', JSON.stringify(answer))
      assert.match(robot.texts[0] ?? '', /…[\s\S]*alarms\?open=7/)
      assert.ok(robot.texts[0]?.isWellFormed())
    } finally {
      await robot.close()
    }
  }
})

test('only a critical alarm mentions people, and nothing that it quotes does', async () => {
  const clock = manualClock(START)
  const ding = await simDingtalk({ clock })
  const fei = await simFeishu({ clock })
  try {
    const evil = notice({ paragraphs: ['<at user_id="all"></at> @all <@everyone>'] })
    const settings = { ...ding.settings, mention: '13800000000, 13900000000' }
    await callsOf(dingtalk, settings, clock).notify?.(evil)
    assert.ok(!(ding.texts[0] ?? '').includes('@'), ding.texts[0] ?? '')
    await callsOf(dingtalk, settings, clock).notify?.({ ...evil, severity: 'critical' })
    assert.match(ding.texts[1] ?? '', /@13800000000 @13900000000$/)
    assert.match(ding.asked[1]?.body ?? '', /"atMobiles":\["13800000000","13900000000"\],"isAtAll":false/)
    await callsOf(dingtalk, settings, clock).notify?.({ ...evil, severity: 'critical', kind: 'resolved' })
    assert.ok(!(ding.texts[2] ?? '').includes('@'))
    await callsOf(feishu, { ...fei.settings, mention: 'all' }, clock).notify?.({
      ...evil,
      severity: 'critical',
    })
    assert.match(fei.asked[0]?.body ?? '', /\{"tag":"at","user_id":"all"\}/)
    assert.ok(!(fei.texts[0] ?? '').includes('<at'))
  } finally {
    await ding.close()
    await fei.close()
  }
})

test('webhook: both secrets sign while rotating, a repeat is dropped by its id, a wrong secret is refused', async () => {
  const robot = await simWebhook({ clock: systemClock })
  try {
    const { secret = '' } = robot.settings
    const old = {
      ...robot.settings,
      secret: `whsec_${Buffer.from('the-next-secret-of-32-bytes-long').toString('base64')}`,
      previous_secret: secret,
    }
    for (const settings of [robot.settings, old]) {
      const answer = await callsOf(webhook, settings, systemClock).notify?.(notice())
      assert.equal(answer?.outcome, 'accepted')
    }
    assert.deepEqual(robot.texts, ['【警告】回调静默'])
    const wrong = { ...robot.settings, secret: 'some other secret of enough letters' }
    const outage = await outageOf(callsOf(webhook, wrong, systemClock).notify?.(notice()))
    assert.equal(outage.code, 'webhook.not_accepted')
    const short = await callsOf(webhook, { ...robot.settings, secret: 'whsec_!!' }, systemClock).notify?.(
      notice(),
    )
    assert.equal(short?.outcome === 'refused' ? short.refusal.code : '', 'webhook.settings')
    robot.answerNext(null)
    const broken = await outageOf(callsOf(webhook, robot.settings, systemClock).notify?.(notice()))
    assert.equal(broken.unknown, true)
  } finally {
    await robot.close()
  }
  assert.equal(keyOf('whsec_c2hvcnQ='), null)
})

test('no notifier reaches this machine where that is not allowed', async () => {
  const clock = manualClock(START)
  const robots = await Promise.all([
    simDingtalk({ clock }),
    simWecom({ clock }),
    simFeishu({ clock }),
    simWebhook({ clock }),
  ])
  const closed = { allowLoopback: false, allowPrivate: false }
  try {
    for (const robot of robots) {
      const connector = [dingtalk, wecom, feishu, webhook].find(({ kind }) => kind === robot.kind)
      assert.ok(connector !== undefined)
      const outage = await outageOf(callsOf(connector, robot.settings, clock, closed).notify?.(notice()))
      assert.equal(outage.code, 'http.forbidden_address')
      assert.equal(robot.asked.length, 0)
    }
    const mail = {
      smtp_host: '127.0.0.1',
      port: '25',
      security: 'none',
      from: 'a@b.example',
      to: 'c@d.example',
    }
    assert.equal(
      (await outageOf(callsOf(smtp, mail, clock, closed).notify?.(notice()))).code,
      'http.forbidden_address',
    )
  } finally {
    await Promise.all(robots.map((robot) => robot.close()))
  }
})

const authority = makeCertificate({ name: 'Test authority', ca: true })
const server = makeCertificate({ name: 'mail', names: ['127.0.0.1'], by: authority })
const elsewhere = makeCertificate({ name: 'mail', names: ['10.9.9.9'], by: authority })
const LOGIN = { user: 'alarm@hub.example', password: 'an app password' }
const MAIL = {
  smtp_host: '127.0.0.1',
  user: LOGIN.user,
  password: LOGIN.password,
  from: 'Holdfast 告警 <alarm@hub.example>',
  to: 'duty@hub.example, boss@hub.example',
  authority: authority.certificate,
}

async function withSmtp(
  mode: 'tls' | 'starttls' | 'plain',
  work: (sim: SimSmtp, settings: Settings) => Promise<void>,
  certificate = server,
): Promise<void> {
  const pem = { cert: certificate.certificate, key: certificate.key }
  const sim = await simSmtp({ mode, certificate: pem, login: LOGIN })
  try {
    await work(sim, { ...MAIL, port: String(sim.port), security: mode === 'plain' ? 'none' : mode })
  } finally {
    await sim.close()
  }
}

for (const mode of ['tls', 'starttls'] as const) {
  test(`smtp: a mail goes out over ${mode}, signed in, to everybody`, async () => {
    await withSmtp(mode, async (sim, settings) => {
      const answer = await callsOf(smtp, settings, systemClock).notify?.(notice())
      assert.deepEqual(answer, { outcome: 'accepted', words: '250 2.0.0 Ok: queued as 1' })
      const [mail] = sim.mails
      assert.deepEqual(
        [mail?.encrypted, mail?.from, mail?.to],
        [true, LOGIN.user, ['duty@hub.example', 'boss@hub.example']],
      )
      assert.match(mail?.data ?? '', /^Message-ID: <0196f1d4-7c00-7000-8000-00000a1b2c3d@hub\.example>$/im)
      assert.match(mail?.data ?? '', /^Subject: =\?UTF-8\?/im)
      assert.match(mail?.data ?? '', /^Auto-Submitted: auto-generated$/im)
      assert.match(mail?.data ?? '', /text\/plain[\s\S]*text\/html/)
    })
  })
  test(`smtp: over ${mode} a certificate for another name or of an unknown authority is not trusted`, async () => {
    await withSmtp(
      mode,
      async (sim, settings) => {
        const outage = await outageOf(callsOf(smtp, settings, systemClock).notify?.(notice()))
        assert.equal(outage.code, 'smtp.tls_failed')
        assert.deepEqual(sim.mails, [])
      },
      elsewhere,
    )
    await withSmtp(mode, async (sim, { authority: _own, ...settings }) => {
      const outage = await outageOf(callsOf(smtp, settings, systemClock).notify?.(notice()))
      assert.equal(outage.code, 'smtp.tls_failed')
      assert.ok(!sim.said.some((line) => line.startsWith('AUTH')), 'the password was sent')
    })
  })
}

test('smtp: no password without TLS, even where the server would take it', async () => {
  await withSmtp('plain', async (sim, settings) => {
    const refused = await callsOf(smtp, settings, systemClock).notify?.(notice())
    assert.equal(refused?.outcome === 'refused' ? refused.refusal.code : '', 'smtp.settings')
    const downgraded = await outageOf(
      callsOf(smtp, { ...settings, security: 'starttls' }, systemClock).notify?.(notice()),
    )
    assert.equal(downgraded.code, 'smtp.tls_failed')
    assert.ok(!sim.said.some((line) => line.startsWith('AUTH')), sim.said.join('|'))
  })
})

test('smtp: a wrong password and an unknown address are refused, 4yz waits, silence after the mail is unknown', async () => {
  await withSmtp('tls', async (sim, settings) => {
    const calls = callsOf(smtp, settings, systemClock)
    const wrong = await callsOf(smtp, { ...settings, password: 'guessed one' }, systemClock).notify?.(
      notice(),
    )
    assert.equal(wrong?.outcome === 'refused' ? wrong.refusal.code : '', 'smtp.login_refused')
    sim.answerNext('MAIL', '553 5.7.1 sender is not the user')
    const address = await calls.notify?.(notice())
    assert.equal(address?.outcome === 'refused' ? address.refusal.code : '', 'smtp.address_refused')
    sim.answerNext('MAIL', '451 4.7.1 try later')
    const later = await outageOf(calls.notify?.(notice()))
    assert.deepEqual([later.code, later.unknown], ['smtp.later', false])
    sim.answerNext('.', null)
    const silent = await outageOf(calls.notify?.(notice()))
    assert.deepEqual([silent.code, silent.unknown], ['smtp.broken', true])
    assert.ok(!JSON.stringify([wrong, address, later.message, silent.message]).includes(LOGIN.password))
  })
})

test('smtp: a line break in what is told makes no header', async () => {
  await withSmtp('tls', async (sim, settings) => {
    const evil = notice({
      title: 'x\r\nBcc: thief@evil.example\r\n\r\nbody',
      rule: 'a.b\r\nX-Evil: 1',
      paragraphs: ['.\r\nQUIT\r\n<b>'],
    })
    assert.equal((await callsOf(smtp, settings, systemClock).notify?.(evil))?.outcome, 'accepted')
    const [mail] = sim.mails
    const head = (mail?.data ?? '').split('\r\n\r\n')[0] ?? ''
    assert.ok(!/^(Bcc|X-Evil):/im.test(head), head)
    assert.deepEqual(mail?.to, ['duty@hub.example', 'boss@hub.example'])
    const bad = await callsOf(smtp, { ...settings, to: 'a@b.example\r\nBcc: x' }, systemClock).notify?.(
      notice(),
    )
    assert.equal(bad?.outcome, 'refused')
  })
  assert.equal(mailboxOf('A\r\nBcc: b <a@b.example>'), null)
  assert.deepEqual(mailboxOf('Duty <a@b.example>'), { name: 'Duty', address: 'a@b.example' })
})

test('a cut text is never longer than allowed and stays well formed', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 80 }),
      fc.integer({ min: 3, max: 120 }),
      (text, most) => {
        const cut = cutBytes(text, most)
        assert.ok(Buffer.byteLength(cut) <= Math.max(most, 3))
        if (text.isWellFormed()) assert.ok(cut.isWellFormed())
        if (Buffer.byteLength(text) <= most) assert.equal(cut, text)
      },
    ),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.ok(!/[<@]/.test(withoutMentions(text)))
      assert.ok(
        Buffer.byteLength(plainText(notice({ title: text, paragraphs: [text.repeat(30)] }), 500)) <= 500,
      )
    }),
  )
})
