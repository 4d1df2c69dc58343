import { QuestionCircleOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Select, Skeleton } from 'antd'
import { useState } from 'react'
import { get } from '#/api/client.ts'
import { type Connector, type Fact, type ParkedGroup, ROLES_OF_SYSTEMS } from '#/api/intake-types.ts'
import { useCan } from '#/api/session.ts'
import { useConnections, useConnectors } from '#/api/systems.ts'
import type { MappingPlace } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { PageHeader } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import '#/styles/intake.css'
import { CodeTable } from './code-table.tsx'
import { DraftBar } from './draft-bar.tsx'
import { DraftReview } from './draft-review.tsx'
import { FactLegend } from './fact-legend.tsx'
import { codeRows, diffRules, fallbackOf } from './rules.ts'
import { UnknownCodes } from './unknown-codes.tsx'
import { type Scope, useDecide, useMapping, useRuleBook } from './use-mapping.ts'
import { VersionHistory } from './version-history.tsx'

/** Which upstream code is which fact: decided here, seen before it is published, and taken back when wrong. */
export function MappingPage() {
  const { t } = useWording()
  const search = useSearch({ from: '/shell/mapping' })
  const [legend, setLegend] = useState(false)
  const connectors = useConnectors()
  const waiting = useWaiting()
  const busiest = connectors.toSorted((a, b) => (waiting.get(b.kind) ?? 0) - (waiting.get(a.kind) ?? 0))[0]
  const connector = connectors.find((one) => one.kind === search.kind) ?? busiest
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('mapping.title')} lead={t('mapping.lead')}>
        <Button icon={<QuestionCircleOutlined />} onClick={() => setLegend(true)}>
          {t('mapping.legendShort')}
        </Button>
      </PageHeader>
      <div className="hf-split hf-split-scroll">
        <Kinds connectors={connectors} active={connector?.kind} waiting={waiting} />
        {connector ? (
          <MappingOf key={`${connector.kind}${search.connection ?? ''}`} connector={connector} />
        ) : (
          <Skeleton active />
        )}
      </div>
      {legend ? <FactLegend onClose={() => setLegend(false)} /> : null}
    </div>
  )
}

/** Messages that wait for a decision, per kind. */
function useWaiting(): ReadonlyMap<string, number> {
  const { data } = useQuery({
    queryKey: ['parked'],
    queryFn: ({ signal }) => get<{ items: readonly ParkedGroup[] }>('/api/messages/parked', {}, signal),
    refetchInterval: 10_000,
  })
  return new Map(
    (data?.items ?? [])
      .filter((group) => group.code === 'mapping.unknown_code')
      .map((group) => [group.kind, group.count]),
  )
}

function Kinds({
  connectors,
  active,
  waiting,
}: {
  readonly connectors: readonly Connector[]
  readonly active: string | undefined
  readonly waiting: ReadonlyMap<string, number>
}) {
  const { t, word, pick, count } = useWording()
  return (
    <nav className="hf-kinds" aria-label={t('mapping.kinds')}>
      {ROLES_OF_SYSTEMS.map((role) => (
        <section key={role} aria-label={word('systemRole', role)}>
          <h2>{word('systemRole', role)}</h2>
          <ul>
            {connectors
              .filter((one) => one.role === role)
              .map((one) => {
                const n = waiting.get(one.kind) ?? 0
                return (
                  <li key={one.kind}>
                    <Link
                      to="/mapping"
                      search={() => ({ kind: one.kind })}
                      preload={false}
                      className="hf-view"
                      activeProps={{}}
                      aria-current={one.kind === active ? 'page' : undefined}
                    >
                      <span>{pick(one)}</span>
                      {n > 0 ? (
                        <span className="hf-view-count hf-view-urgent" title={t('mapping.waiting', { n })}>
                          {count(n)}
                        </span>
                      ) : null}
                    </Link>
                  </li>
                )
              })}
          </ul>
        </section>
      ))}
    </nav>
  )
}

function MappingOf({ connector }: { readonly connector: Connector }) {
  const search = useSearch({ from: '/shell/mapping' })
  const navigate = useNavigate({ from: '/mapping' })
  const canWrite = useCan()('mapping:write')
  const change = (part: { [K in keyof MappingPlace]?: MappingPlace[K] | undefined }) => {
    void navigate({ search: (previous) => ({ ...previous, ...part }) as MappingPlace, replace: true })
  }
  const scope: Scope = { kind: connector.kind, connection: search.connection }
  const { data: mapping, error, refetch } = useMapping(scope)
  const draft = mapping?.drafts.find((one) => one.id === search.draft) ?? mapping?.drafts[0]
  const book = useRuleBook(scope, draft)
  const decide = useDecide(scope, draft?.id)
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (!mapping || !book) return <Skeleton active paragraph={{ rows: 10 }} />
  const fallback = fallbackOf(book)
  const changes = draft ? diffRules(book.live, draft.rules, fallback) : []
  const onDecide = canWrite ? (code: string, fact: Fact | null) => decide.mutate({ code, fact }) : undefined
  return (
    <div className="hf-mapping">
      <ScopeLine connector={connector} version={mapping.live?.version} connection={search.connection} />
      {draft ? (
        <DraftBar
          draft={draft}
          drafts={mapping.drafts}
          changes={changes.length}
          onChoose={(id) => change({ draft: id })}
          onReview={() => change({ draft: draft.id, review: '1' })}
        />
      ) : null}
      <UnknownCodes codes={mapping.unknown} drafted={draft?.rules ?? {}} onDecide={onDecide} />
      <CodeTable
        rows={codeRows(book)}
        q={search.q ?? ''}
        onlyChanged={search.changed === '1'}
        onSearch={(q) => change({ q: q || undefined })}
        onOnlyChanged={(on) => change({ changed: on ? '1' : undefined })}
        onDecide={onDecide}
      />
      <VersionHistory scope={scope} mapping={mapping} fallback={fallback} canWrite={canWrite} />
      {draft && search.review === '1' ? (
        <DraftReview
          draft={draft}
          changes={changes}
          defaults={mapping.defaults}
          onClose={() => change({ review: undefined })}
          onPublished={() => change({ review: undefined, draft: undefined })}
        />
      ) : null}
    </div>
  )
}

/** For all connections of the kind, or for one that reads some codes in its own way. */
function ScopeLine({
  connector,
  version,
  connection,
}: {
  readonly connector: Connector
  readonly version: number | undefined
  readonly connection: string | undefined
}) {
  const { t, pick } = useWording()
  const navigate = useNavigate({ from: '/mapping' })
  const connections = useConnections().filter((one) => one.kind === connector.kind)
  return (
    <div className="hf-scope">
      <h2>{pick(connector)}</h2>
      {version === undefined ? (
        <Tag tone="neutral">{t('mapping.noLive')}</Tag>
      ) : (
        <Tag tone="good">{t('mapping.liveVersion', { n: version })}</Tag>
      )}
      <Select
        aria-label={t('mapping.scope')}
        value={connection ?? ''}
        onChange={(id) =>
          void navigate({ search: { kind: connector.kind, ...(id ? { connection: id } : {}) } })
        }
        popupMatchSelectWidth={false}
        options={[
          { value: '', label: t('mapping.scopeAll', { name: pick(connector) }) },
          ...connections.map(({ id, name }) => ({
            value: id,
            label: `${name} · ${t('mapping.scopeOne')}`,
          })),
        ]}
      />
    </div>
  )
}
