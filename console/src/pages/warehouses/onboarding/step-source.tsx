import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Form, Input, Select } from 'antd'
import { useState } from 'react'
import { get, write } from '#/api/client.ts'
import type { Connector } from '#/api/intake-types.ts'
import { connectionsQuery, isStockSource, useConnections, useConnectors } from '#/api/systems.ts'
import type { Connection } from '#/api/types.ts'
import { type FeedSetup, feedsQuery, type GrantScript } from '#/api/warehouse-types.ts'
import type { TextKey } from '#/i18n/dictionary.ts'
import { useWording } from '#/i18n/language.tsx'
import { ConnectionForm, type ConnectionValues, typedSettings } from '#/pages/connections/connection-form.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { CopyButton } from '#/parts/small.tsx'

const HINTS: Readonly<Record<string, TextKey>> = {
  'mysql-binlog': 'warehouses.s2.mysqlHint',
  'redis-stream': 'warehouses.s2.redisHint',
}

/** Which system, and its account. A feed is made here, so that from now on the wizard can be left and come back to. */
export function SourceStep({
  onBack,
  onCreated,
}: {
  readonly onBack: () => void
  readonly onCreated: (id: string) => void
}) {
  const { t, pick } = useWording()
  const [kind, setKind] = useState<string | null>(null)
  const connectors = useConnectors().filter(isStockSource)
  const connector = connectors.find((one) => one.kind === kind)
  const cards = [
    ...connectors.map((one) => {
      const hint = HINTS[one.kind]
      return { kind: one.kind, name: pick(one), hint: hint ? t(hint) : '' }
    }),
    { kind: ':push', name: t('warehouses.source.push'), hint: t('warehouses.s2.pushHint') },
    { kind: ':file', name: t('warehouses.source.file'), hint: t('warehouses.s2.fileHint') },
  ]
  return (
    <>
      <p>{t('warehouses.s2.lead')}</p>
      <div className="hf-wiz-cards" role="radiogroup" aria-label={t('warehouses.s2.lead')}>
        {cards.map((card) => (
          // biome-ignore lint/a11y/useSemanticElements: a card of two lines, chosen like a radio button
          <button
            type="button"
            key={card.kind}
            role="radio"
            aria-checked={kind === card.kind}
            className="hf-wiz-card"
            onClick={() => setKind(card.kind)}
          >
            <b>{card.name}</b>
            <span className="hf-faint">{card.hint}</span>
          </button>
        ))}
      </div>
      {connector ? (
        <ConnectedSource key={connector.kind} connector={connector} onBack={onBack} onCreated={onCreated} />
      ) : null}
      {kind === ':push' || kind === ':file' ? (
        <PlainSource key={kind} source={kind} onBack={onBack} onCreated={onCreated} />
      ) : null}
      {kind === null ? (
        <div className="hf-wiz-foot">
          <Button onClick={onBack}>{t('warehouses.wiz.back')}</Button>
        </div>
      ) : null}
    </>
  )
}

type Ways = { readonly onBack: () => void; readonly onCreated: (id: string) => void }

function useCreateFeed(onCreated: (id: string) => void) {
  const client = useQueryClient()
  const fail = useProblemToast()
  return useMutation({
    mutationFn: async (wish: { name: string; source: string | (() => Promise<string>) }) => {
      const source = typeof wish.source === 'string' ? wish.source : await wish.source()
      return await write<FeedSetup>('POST', '/api/capture/setup', { name: wish.name, source })
    },
    onError: fail,
    onSuccess: async (feed) => {
      await client.invalidateQueries({ queryKey: feedsQuery.queryKey })
      onCreated(feed.id)
    },
  })
}

function PlainSource({ source, onBack, onCreated }: Ways & { readonly source: string }) {
  const { t } = useWording()
  const [name, setName] = useState('')
  const create = useCreateFeed(onCreated)
  return (
    <>
      <label className="hf-wiz-field" htmlFor="hf-feed-name">
        <span>{t('warehouses.s2.feedName')}</span>
        <Input
          id="hf-feed-name"
          value={name}
          maxLength={100}
          placeholder={t('warehouses.s2.feedNameHint')}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <div className="hf-wiz-foot">
        <Button onClick={onBack}>{t('warehouses.wiz.back')}</Button>
        <Button
          type="primary"
          disabled={name.trim() === ''}
          loading={create.isPending}
          onClick={() => create.mutate({ name, source })}
        >
          {t('warehouses.s2.save')}
        </Button>
      </div>
    </>
  )
}

function ConnectedSource({ connector, onBack, onCreated }: Ways & { readonly connector: Connector }) {
  const { t } = useWording()
  const client = useQueryClient()
  const [form] = Form.useForm<ConnectionValues>()
  const [existing, setExisting] = useState<string | undefined>()
  const typed = Form.useWatch('settings', { form, preserve: true })
  const others = useConnections().filter((one) => one.kind === connector.kind)
  const feeds = useQuery(feedsQuery)
  const create = useCreateFeed(onCreated)
  const connect = async (values: ConnectionValues): Promise<string> => {
    const added = await write<Connection>('POST', '/api/connections', {
      kind: connector.kind,
      name: values.name.trim(),
      settings: typedSettings(connector, values, undefined),
      zone: values.zone?.trim() || null,
    })
    await client.invalidateQueries({ queryKey: connectionsQuery.queryKey })
    // Whatever comes after, this connection is there: a second try uses it.
    setExisting(added.id)
    return added.id
  }
  const taken = (feeds.data ?? []).map(({ name }) => name)
  const used = others.find((one) => one.id === existing)
  return (
    <div className="hf-wiz-two">
      <div>
        {others.length > 0 ? (
          <div className="hf-wiz-field">
            <span>{t('warehouses.s2.existing')}</span>
            <Select
              allowClear
              placeholder={t('warehouses.s2.newConnection')}
              aria-label={t('warehouses.s2.existing')}
              value={existing}
              onChange={setExisting}
              options={others.map((one) => ({ value: one.id, label: one.name }))}
            />
          </div>
        ) : null}
        {existing === undefined ? (
          <ConnectionForm
            form={form}
            connector={connector}
            onSubmit={(values) => create.mutate({ name: values.name, source: () => connect(values) })}
          />
        ) : null}
        <div className="hf-wiz-foot">
          <Button onClick={onBack}>{t('warehouses.wiz.back')}</Button>
          <Button
            type="primary"
            loading={create.isPending}
            onClick={() =>
              existing === undefined
                ? form.submit()
                : create.mutate({ name: feedName(used?.name ?? existing, taken), source: existing })
            }
          >
            {t('warehouses.s2.save')}
          </Button>
        </div>
      </div>
      <Grants kind={connector.kind} typed={typed ?? {}} />
    </div>
  )
}

/** A second feed of one connection needs a name of its own; it can be changed later. */
function feedName(connection: string, taken: readonly string[]): string {
  if (!taken.includes(connection)) return connection
  return `${connection} ${new Intl.DateTimeFormat('sv', { dateStyle: 'short', timeStyle: 'medium' }).format()}`.slice(
    0,
    100,
  )
}

function Grants({
  kind,
  typed,
}: {
  readonly kind: string
  readonly typed: Readonly<Record<string, string | undefined>>
}) {
  const { t, pick } = useWording()
  const wish = {
    kind,
    user: typed.user ?? '',
    database: typed.database ?? '',
    table: typed.stream ?? '',
  }
  const grants = useQuery({
    queryKey: ['capture-grants', wish],
    queryFn: ({ signal }) =>
      get<{ items: readonly GrantScript[] }>('/api/capture/setup/grants', wish, signal),
    placeholderData: (before) => before,
  })
  const scripts = grants.data?.items ?? []
  if (scripts.length === 0) return null
  return (
    <aside className="hf-wiz-grants">
      <h3 className="hf-small-head">{t('warehouses.s2.grants')}</h3>
      <p className="hf-faint">{t('warehouses.s2.grantsLead')}</p>
      {scripts.map((one, index) => (
        <details key={one.title.en} open={index === 0}>
          <summary>{pick(one.title)}</summary>
          <p className="hf-faint">{pick(one.note)}</p>
          <ScriptBox script={one.script} label={pick(one.title)} />
        </details>
      ))}
    </aside>
  )
}

export function ScriptBox({ script, label }: { readonly script: string; readonly label: string }) {
  return (
    <div className="hf-wiz-script">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard */}
      <section tabIndex={0} aria-label={label}>
        <pre>{script}</pre>
      </section>
      <CopyButton text={script} />
    </div>
  )
}
