import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Drawer, Segmented, Skeleton } from 'antd'
import { useMemo, useState } from 'react'
import { get } from '#/api/client.ts'
import { problemOf } from '#/api/problem.ts'
import { useCan } from '#/api/session.ts'
import type { MessageDetail } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { MessageSubjects } from './message-subjects.tsx'
import { prettyBody } from './pretty-body.ts'
import { ProblemNotice, useRefusalText } from './problem-notice.tsx'
import { ReplayDialog } from './replay-dialog.tsx'
import { CopyButton, Facts, Section } from './small.tsx'
import { CodeTag } from './tag.tsx'
import { FullTime } from './time-text.tsx'

/** A message exactly as it came, what we answered, and what was read from it. */
export function MessageDrawer({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { t } = useWording()
  const can = useCan()
  const [replaying, setReplaying] = useState(false)
  const { data, error, refetch } = useQuery({
    queryKey: ['message', id],
    queryFn: ({ signal }) => get<MessageDetail>(`/api/messages/${encodeURIComponent(id)}`, {}, signal),
    staleTime: 60_000,
  })
  const gone = problemOf(error).status === 404
  return (
    <Drawer
      open
      onClose={onClose}
      size={760}
      className="hf-drawer"
      title={`${t('message.title')} ${id}`}
      extra={
        data?.verdict === 'accepted' && can('messages:replay') ? (
          <Button onClick={() => setReplaying(true)}>{t('replay.action')}</Button>
        ) : null
      }
    >
      {error && gone ? <Alert type="info" showIcon title={t('message.gone')} /> : null}
      {error && !gone ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active paragraph={{ rows: 10 }} /> : null}
      {data ? <MessageBody message={data} /> : null}
      {replaying ? (
        <ReplayDialog
          choice={{ ids: [id] }}
          onClose={() => setReplaying(false)}
          onDone={() => void refetch()}
        />
      ) : null}
    </Drawer>
  )
}

function MessageBody({ message }: { readonly message: MessageDetail }) {
  const { t, word, count } = useWording()
  const refusal = useRefusalText()
  const { connection } = message
  // What we fetched or polled ourselves asks for no answer.
  const answered = message.responseStatus > 0
  return (
    <div className="hf-order">
      <div className="hf-tags hf-tags-large">
        <CodeTag family="verdict" code={message.verdict} dot />
        {message.state ? <CodeTag family="messageState" code={message.state} /> : null}
        <span>{connection.name}</span>
      </div>
      {message.refusalCode ? (
        <Alert
          type="error"
          showIcon
          title={t('message.refused', { code: message.refusalCode })}
          description={refusal(message.refusalCode, message.refusalDetail)}
        />
      ) : null}
      {message.parkCode ? (
        <Alert
          type="warning"
          showIcon
          title={t('message.parked', { code: message.parkCode })}
          description={refusal(message.parkCode, message.parkDetail)}
        />
      ) : null}
      <Facts
        items={[
          [t('time.received'), <FullTime key="at" at={message.receivedAt} />],
          [t('message.transport'), word('transport', message.transport)],
          [t('message.topic'), <code key="topic">{message.topic}</code>],
          [
            t('message.latency'),
            <span key="ms" className="hf-num">{`${message.latencyMs.toFixed(1)} ms`}</span>,
          ],
          [t('message.size'), <span key="size" className="hf-num">{`${count(message.bytes)} B`}</span>],
        ]}
      />
      <MessageSubjects subjects={message.subjects} />
      <BodyText message={message} />
      <Section title={t('message.facts')}>
        {message.facts.length === 0 ? <p className="hf-faint">{t('message.noFacts')}</p> : null}
        <ul className="hf-intents">
          {message.facts.map((fact) => (
            <li key={fact.id}>
              <b>{word('fact', fact.kind)}</b> <code>{fact.subject}</code>{' '}
              {fact.at ? <FullTime at={fact.at} /> : null}{' '}
              <span className="hf-faint">
                {t('time.raw')} <code>{fact.raw}</code>
              </span>
            </li>
          ))}
        </ul>
      </Section>
      {Object.keys(message.headers).length > 0 ? (
        <Section title={t('message.headers')}>
          <table className="hf-plain-table hf-headers">
            <tbody>
              {Object.entries(message.headers).map(([name, value]) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>
                    <code>{value}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Section>
      ) : null}
      {answered ? (
        <Section
          title={t('message.response')}
          extra={<span className="hf-num">HTTP {message.responseStatus}</span>}
        >
          <CodeBlock text={message.responseBody} label={t('message.response')} />
        </Section>
      ) : null}
    </div>
  )
}

function BodyText({ message }: { readonly message: MessageDetail }) {
  const { t } = useWording()
  const pretty = useMemo(
    () => (message.encoding === 'base64' ? null : prettyBody(message.body)),
    [message.body, message.encoding],
  )
  const [raw, setRaw] = useState(false)
  const text = pretty !== null && !raw ? pretty : message.body
  return (
    <Section
      title={message.encoding === 'base64' ? t('message.binary') : t('message.body')}
      extra={
        <>
          {pretty === null ? null : (
            <Segmented<'pretty' | 'raw'>
              value={raw ? 'raw' : 'pretty'}
              onChange={(value) => setRaw(value === 'raw')}
              options={[
                { value: 'pretty', label: t('message.bodyPretty') },
                { value: 'raw', label: t('message.bodyRaw') },
              ]}
            />
          )}
          <CopyButton text={message.body} />
        </>
      }
    >
      <CodeBlock text={text} label={t('message.body')} />
    </Section>
  )
}

function CodeBlock({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <section aria-label={label}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard */}
      <pre className="hf-code" tabIndex={0}>
        {text === '' ? ' ' : text}
      </pre>
    </section>
  )
}
