import { BranchesOutlined, PlusOutlined, SearchOutlined } from '@ant-design/icons'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Input, Skeleton } from 'antd'
import { get } from '#/api/client.ts'
import type { RuleKind, RuleSet } from '#/api/rule-types.ts'
import { RULES, useRuleKinds } from '#/api/rules.ts'
import { useCan } from '#/api/session.ts'
import type { Page } from '#/api/types.ts'
import type { RulesPlace } from '#/app/rule-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { PageHeader, Section, TeachingEmpty } from '#/parts/small.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import '#/styles/intake.css'
import '#/styles/rulebook.css'
import { NewSetDrawer } from './new-set.tsx'
import { ScopeText, SetStates } from './set-words.tsx'

const EVERY_MS = 5_000

/** Every rule set by what it decides about, with what is live, gray and drafted in each. */
export function RulesPage() {
  const { t } = useWording()
  const can = useCan()('rules:write')
  const { kind, q, add } = useSearch({ from: '/shell/rules' })
  const navigate = useNavigate({ from: '/rules' })
  const change = (part: { [K in keyof RulesPlace]?: RulesPlace[K] | undefined }) =>
    void navigate({ search: (previous) => ({ ...previous, ...part }) as RulesPlace, replace: true })
  const kinds = useRuleKinds()
  const sets = useSets(kind, q)
  const rows = sets.data?.pages.flatMap((page) => page.items) ?? []
  const shown = (kinds.data?.kinds ?? []).filter((one) => kind === undefined || one.kind === kind)
  const error = kinds.error ?? sets.error
  const nothing = sets.isSuccess && rows.length === 0 && q === undefined && kind === undefined
  return (
    <div className="hf-page">
      <PageHeader title={t('rules.title')} lead={t('rules.lead')}>
        <span data-list-search="" className="hf-search">
          <Input
            allowClear
            prefix={<SearchOutlined aria-hidden="true" />}
            aria-label={t('rules.search')}
            placeholder={t('rules.search')}
            defaultValue={q ?? ''}
            onChange={(event) => change({ q: event.target.value.trim() || undefined })}
          />
        </span>
        {can ? (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => change({ add: '1' })}>
            {t('rules.new')}
          </Button>
        ) : null}
      </PageHeader>
      {error ? <ProblemNotice error={error} onRetry={() => void sets.refetch()} /> : null}
      {nothing ? (
        <TeachingEmpty
          icon={<BranchesOutlined />}
          title={t('rules.empty.title')}
          hint={t('rules.empty.hint')}
        >
          <ol className="hf-steps hf-first-steps">
            {([1, 2, 3, 4] as const).map((n) => (
              <li key={n}>{t(`rules.empty.step${n}`)}</li>
            ))}
          </ol>
        </TeachingEmpty>
      ) : null}
      <KindTabs kinds={kinds.data?.kinds ?? []} active={kind} onPick={(next) => change({ kind: next })} />
      {!error && (kinds.isPending || sets.isPending) ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      {sets.isSuccess
        ? shown.map((one) => (
            <KindSection
              key={one.kind}
              kind={one}
              sets={rows.filter((row) => row.kind === one.kind)}
              searched={q !== undefined}
              onAdd={can ? () => change({ add: one.kind }) : undefined}
            />
          ))
        : null}
      {sets.hasNextPage ? (
        <Button loading={sets.isFetchingNextPage} onClick={() => void sets.fetchNextPage()}>
          {t('rules.more')}
        </Button>
      ) : null}
      {add !== undefined && can ? (
        <NewSetDrawer
          kind={kinds.data?.kinds.find((one) => one.kind === add)}
          kinds={kinds.data?.kinds ?? []}
          onKind={(next) => change({ add: next ?? '1' })}
          onClose={() => change({ add: undefined })}
        />
      ) : null}
    </div>
  )
}

function useSets(kind: string | undefined, q: string | undefined) {
  return useInfiniteQuery({
    queryKey: ['rule-sets', kind ?? null, q ?? null],
    queryFn: ({ pageParam, signal }) =>
      get<Page<RuleSet>>(`${RULES}/sets`, { kind, q, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    refetchInterval: EVERY_MS,
    staleTime: 0,
  })
}

function KindTabs({
  kinds,
  active,
  onPick,
}: {
  readonly kinds: readonly RuleKind[]
  readonly active: string | undefined
  readonly onPick: (kind: string | undefined) => void
}) {
  const { t, pick } = useWording()
  const one = (kind: string | undefined, name: string) => (
    <li key={kind ?? ''}>
      <button
        type="button"
        className="hf-view hf-view-button"
        aria-current={kind === active ? 'page' : undefined}
        onClick={() => onPick(kind)}
      >
        {name}
      </button>
    </li>
  )
  return (
    <nav className="hf-views" aria-label={t('rules.kinds')}>
      <div className="hf-views-row">
        <ul>
          {one(undefined, t('common.all'))}
          {kinds.map((kind) => one(kind.kind, pick(kind.label)))}
        </ul>
      </div>
    </nav>
  )
}

function KindSection({
  kind,
  sets,
  searched,
  onAdd,
}: {
  readonly kind: RuleKind
  readonly sets: readonly RuleSet[]
  readonly searched: boolean
  readonly onAdd: (() => void) | undefined
}) {
  const { t, pick } = useWording()
  if (searched && sets.length === 0) return null
  return (
    <Section
      title={
        <>
          {pick(kind.label)} <span className="hf-faint hf-num">{sets.length}</span>
        </>
      }
      extra={
        onAdd ? (
          <Button
            size="small"
            icon={<PlusOutlined />}
            aria-label={t('rules.newOf', { kind: pick(kind.label) })}
            onClick={onAdd}
          >
            {t('rules.newShort')}
          </Button>
        ) : null
      }
    >
      <p className="hf-faint hf-kind-purpose">{pick(kind.purpose)}</p>
      {sets.length > 0 ? <SetTable sets={sets} label={pick(kind.label)} /> : null}
    </Section>
  )
}

function SetTable({ sets, label }: { readonly sets: readonly RuleSet[]; readonly label: string }) {
  const { t } = useWording()
  return (
    <div className="hf-scroll-x">
      <table className="hf-plain-table hf-set-table" aria-label={label}>
        <thead>
          <tr>
            <th>{t('rules.col.name')}</th>
            <th>{t('rules.col.scope')}</th>
            <th>{t('rules.col.versions')}</th>
            <th>{t('rules.col.note')}</th>
            <th>{t('rules.col.updatedAt')}</th>
          </tr>
        </thead>
        <tbody>
          {sets.map((set) => (
            <tr key={set.id}>
              <td>
                <Link to="/rules/$setId" params={{ setId: set.id }} className="hf-order-no">
                  {set.name}
                </Link>
              </td>
              <td>
                <ScopeText set={set} />
              </td>
              <td>
                <SetStates set={set} />
              </td>
              <td className="hf-faint hf-set-note" title={set.note}>
                {set.note}
              </td>
              <td>
                <TimeText at={set.updatedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
