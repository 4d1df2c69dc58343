import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Alert, App, Button, Drawer, Form, Popconfirm, Skeleton, Switch } from 'antd'
import { get, write } from '#/api/client.ts'
import type { Connector, TestOutcome } from '#/api/intake-types.ts'
import { problemOf } from '#/api/problem.ts'
import { useCan } from '#/api/session.ts'
import { connectionsQuery, isStockSource, useConnectors } from '#/api/systems.ts'
import type { Connection } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast, useRefusalText } from '#/parts/problem-notice.tsx'
import { Facts, Section } from '#/parts/small.tsx'
import { FullTime } from '#/parts/time-text.tsx'
import { CallbackBox } from './callback-box.tsx'
import { ConnectionForm, type ConnectionValues, typedSettings } from './connection-form.tsx'
import { ConnectionState, isAllRejected, LastTest } from './connection-table.tsx'

/** One connection: is it well, where do platforms push, its keys, and the switch to pause it. */
export function ConnectionDrawer({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { t, pick } = useWording()
  const { data, error, refetch } = useQuery({
    queryKey: ['connection', id],
    queryFn: ({ signal }) => get<Connection>(`/api/connections/${encodeURIComponent(id)}`, {}, signal),
    refetchInterval: 10_000,
  })
  const connector = useConnectors().find((one) => one.kind === data?.kind)
  const gone = problemOf(error).status === 404
  return (
    <Drawer
      open
      onClose={onClose}
      size={640}
      className="hf-drawer"
      title={data ? data.name : id}
      extra={connector ? <span className="hf-faint">{pick(connector)}</span> : null}
    >
      {error && gone ? <Alert type="info" showIcon title={t('connection.gone')} /> : null}
      {error && !gone ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      {data ? <Body connection={data} connector={connector} onGone={onClose} /> : null}
    </Drawer>
  )
}

function useChange(id: string) {
  const client = useQueryClient()
  const fail = useProblemToast()
  return useMutation({
    mutationFn: (change: object) =>
      write<Connection>('PATCH', `/api/connections/${encodeURIComponent(id)}`, change),
    onError: fail,
    onSuccess: (changed) => {
      client.setQueryData(['connection', id], changed)
      void client.invalidateQueries({ queryKey: connectionsQuery.queryKey })
    },
  })
}

function Body({
  connection,
  connector,
  onGone,
}: {
  readonly connection: Connection
  readonly connector: Connector | undefined
  readonly onGone: () => void
}) {
  const { t } = useWording()
  const canWrite = useCan()('connections:write')
  return (
    <div className="hf-order">
      <Health
        connection={connection}
        canWrite={canWrite}
        hasMessages={connector === undefined || !isStockSource(connector)}
      />
      {connector && isStockSource(connector) ? (
        <Section title={t('connection.feed')}>
          <p className="hf-faint">{t('connection.feedHint')}</p>
          <Link to="/warehouses" search={{ tab: 'capture' }}>
            {t('connection.toFeeds')}
          </Link>
        </Section>
      ) : null}
      {connector && !isStockSource(connector) ? (
        <Section title={t('connection.callback')}>
          <CallbackBox connector={connector} url={connection.callbackUrl} />
          {connector.capabilities.push || connector.capabilities.stream ? null : (
            <Link to="/imports">{t('connection.toImports')}</Link>
          )}
        </Section>
      ) : null}
      {connector && connector.fields.length > 0 ? <Test connection={connection} canWrite={canWrite} /> : null}
      {connector && canWrite ? <Settings connection={connection} connector={connector} /> : null}
      {canWrite ? <Delete connection={connection} onGone={onGone} /> : null}
    </div>
  )
}

/** A stream that says why it is down begins with a code, which the reader's language has words for. */
function StreamWords({ words }: { readonly words: string }) {
  const refusalText = useRefusalText()
  const [, code, detail] = /^([a-z_]+\.[a-z_]+): (.*)$/s.exec(words) ?? []
  if (code === undefined) return <p className="hf-faint">{words}</p>
  return (
    <p className="hf-faint">
      {refusalText(code, detail ?? null)} <code>{code}</code>
    </p>
  )
}

function Health({
  connection,
  canWrite,
  hasMessages,
}: {
  readonly connection: Connection
  readonly canWrite: boolean
  /** A system that the hub reads sends none, so that there is nothing to count or to see. */
  readonly hasMessages: boolean
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const change = useChange(connection.id)
  const { paused, stream } = connection
  const pause = (on: boolean) =>
    change.mutate(
      { paused: on },
      {
        onSuccess: () => void message.success(t(on ? 'connection.paused' : 'connection.resumed')),
      },
    )
  return (
    <>
      <div className="hf-tags hf-tags-large">
        <ConnectionState connection={connection} />
        <span className="hf-push hf-inline">
          <span aria-hidden="true">{t('connection.pause')}</span>
          <Switch
            checked={paused}
            disabled={!canWrite}
            loading={change.isPending}
            aria-label={t('connection.pause')}
            onChange={pause}
          />
        </span>
      </div>
      {paused ? <p className="hf-faint">{t('connection.pauseHint')}</p> : null}
      {stream?.words ? <StreamWords words={stream.words} /> : null}
      {isAllRejected(connection) ? <Alert type="error" showIcon title={t('connection.allRejected')} /> : null}
      {hasMessages ? <Traffic connection={connection} /> : null}
    </>
  )
}

function Traffic({ connection }: { readonly connection: Connection }) {
  const { t, count } = useWording()
  const { id, accepted24h, rejected24h } = connection
  return (
    <>
      <Facts
        items={[
          [
            t('connection.lastMessage'),
            connection.lastMessageAt ? (
              <FullTime key="last" at={connection.lastMessageAt} />
            ) : (
              t('connections.never')
            ),
          ],
          [
            `${t('connection.traffic')} · ${t('connection.accepted')}`,
            <span key="accepted" className="hf-num">
              {count(accepted24h)}
            </span>,
          ],
          [
            `${t('connection.traffic')} · ${t('connection.rejected')}`,
            <span key="rejected" className={`hf-num ${rejected24h > 0 ? 'hf-text-bad' : ''}`}>
              {count(rejected24h)}
            </span>,
          ],
        ]}
      />
      <div className="hf-inline">
        <Link to="/messages" search={{ connection: id }}>
          {t('connection.seeMessages')}
        </Link>
        {rejected24h > 0 ? (
          <Link to="/messages" search={{ connection: id, verdict: 'rejected' }}>
            {t('connection.seeRejected')}
          </Link>
        ) : null}
        <Link to="/mapping" search={{ kind: connection.kind, connection: id }}>
          {t('connection.seeMapping')}
        </Link>
      </div>
    </>
  )
}

function Test({ connection, canWrite }: { readonly connection: Connection; readonly canWrite: boolean }) {
  const { t } = useWording()
  const client = useQueryClient()
  const test = useMutation({
    mutationFn: () =>
      write<TestOutcome>('POST', `/api/connections/${encodeURIComponent(connection.id)}/test`),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['connection', connection.id] })
      void client.invalidateQueries({ queryKey: connectionsQuery.queryKey })
    },
  })
  const outcome = test.data ?? connection.lastTest
  const untestable = problemOf(test.error).code === 'connections.no_test'
  return (
    <Section
      title={t('connections.col.test')}
      extra={
        canWrite ? (
          <Button loading={test.isPending} onClick={() => test.mutate()}>
            {t(test.isPending ? 'connection.testing' : 'connection.test')}
          </Button>
        ) : null
      }
    >
      <div aria-live="polite">
        {untestable ? <Alert type="info" showIcon title={t('connection.noTest')} /> : null}
        {test.error && !untestable ? <ProblemNotice error={test.error} /> : null}
        {outcome && !test.error ? (
          <Alert
            type={outcome.ok ? 'success' : 'error'}
            showIcon
            title={
              <>
                <LastTest test={outcome} /> {outcome.words}
              </>
            }
            description={<FullTime at={outcome.at} />}
          />
        ) : null}
        {outcome || test.error ? null : <p className="hf-faint">{t('connection.testHint')}</p>}
      </div>
    </Section>
  )
}

function Settings({
  connection,
  connector,
}: {
  readonly connection: Connection
  readonly connector: Connector
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const [form] = Form.useForm<ConnectionValues>()
  const change = useChange(connection.id)
  const save = (values: ConnectionValues) => {
    const settings = typedSettings(connector, values, connection)
    change.mutate(
      {
        name: values.name.trim(),
        zone: values.zone?.trim() || null,
        ...(Object.keys(settings).length > 0 ? { settings } : {}),
      },
      {
        onSuccess: () => {
          // What was typed as a secret does not stay on the screen.
          for (const field of connector.fields) {
            if (field.secret) form.setFieldValue(['settings', field.name], undefined)
          }
          void message.success(t('connection.saved'))
        },
      },
    )
  }
  return (
    <Section title={t('connection.settings')}>
      <ConnectionForm form={form} connector={connector} connection={connection} onSubmit={save} />
      <Button type="primary" loading={change.isPending} onClick={() => form.submit()}>
        {t('common.save')}
      </Button>
    </Section>
  )
}

function Delete({ connection, onGone }: { readonly connection: Connection; readonly onGone: () => void }) {
  const { t } = useWording()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  const remove = useMutation({
    mutationFn: () => write('DELETE', `/api/connections/${encodeURIComponent(connection.id)}`),
    onError: fail,
    onSuccess: () => {
      void message.success(t('connection.deleted'))
      void client.invalidateQueries({ queryKey: connectionsQuery.queryKey })
      onGone()
    },
  })
  return (
    <div>
      <Popconfirm
        title={t('connection.deleteConfirm', { name: connection.name })}
        okText={t('common.delete')}
        cancelText={t('common.cancel')}
        onConfirm={() => remove.mutate()}
      >
        <Button danger loading={remove.isPending}>
          {t('connection.delete')}
        </Button>
      </Popconfirm>
    </div>
  )
}
