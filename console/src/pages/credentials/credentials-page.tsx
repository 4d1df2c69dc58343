import { SafetyCertificateOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Segmented, Skeleton, Table } from 'antd'
import { get } from '#/api/client.ts'
import type { Credential, Credentials } from '#/api/credential-types.ts'
import type { CredentialsPlace } from '#/app/parcel-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { Figures } from '#/parts/figures.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { CopyButton, PageHeader, TeachingEmpty } from '#/parts/small.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { CredentialDrawer } from './credential-drawer.tsx'
import { CredentialTag, isTrouble, LeftTime } from './credential-parts.tsx'

const LIVE_MS = 10_000

/** 凭证: what every connection lives by, when it ends, and who refuses us. */
export function CredentialsPage() {
  const { t } = useWording()
  const { state, open } = useSearch({ from: '/shell/credentials' })
  const navigate = useNavigate({ from: '/credentials' })
  const change = (part: { [K in keyof CredentialsPlace]?: CredentialsPlace[K] | undefined }) =>
    void navigate({ search: (previous) => ({ ...previous, ...part }) as CredentialsPlace, replace: true })
  const { data, error, refetch } = useQuery({
    queryKey: ['credentials'],
    queryFn: ({ signal }) => get<Credentials>('/api/credentials', {}, signal),
    refetchInterval: LIVE_MS,
  })
  const all = data?.items ?? []
  const shown = (state === 'trouble' ? all.filter(isTrouble) : [...all]).sort(byUrgency)
  const opened = all.find((one) => one.id === open)
  return (
    <div className="hf-page">
      <PageHeader title={t('credentials.title')} lead={t('credentials.lead')}>
        <Segmented
          aria-label={t('credentials.col.state')}
          value={state === 'trouble' ? 'trouble' : 'all'}
          onChange={(next) => change({ state: next === 'all' ? undefined : next })}
          options={(['all', 'trouble'] as const).map((one) => ({
            value: one,
            label: t(`credentials.filter.${one}`),
          }))}
        />
      </PageHeader>
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active paragraph={{ rows: 6 }} /> : null}
      {data && all.length === 0 ? (
        <TeachingEmpty
          icon={<SafetyCertificateOutlined />}
          title={t('credentials.empty')}
          hint={t('credentials.emptyHint')}
        >
          <Link to="/connections">
            <Button type="primary">{t('credentials.toConnections')}</Button>
          </Link>
        </TeachingEmpty>
      ) : null}
      {data && all.length > 0 ? (
        <>
          <Sums all={all} />
          <OurAddress text={data.outwardAddresses} />
          <CredentialTable rows={shown} onOpen={(id) => change({ open: id })} />
        </>
      ) : null}
      {opened === undefined ? null : (
        <CredentialDrawer
          one={opened}
          onClose={() => change({ open: undefined })}
          onChanged={() => void refetch()}
        />
      )}
    </div>
  )
}

const URGENCY: readonly Credential['state'][] = [
  'refused',
  'expired',
  'critical',
  'failing',
  'expiring',
  'fine',
  'unknown',
]

function byUrgency(a: Credential, b: Credential): number {
  const order = URGENCY.indexOf(a.state) - URGENCY.indexOf(b.state)
  return order === 0 ? a.name.localeCompare(b.name) : order
}

function Sums({ all }: { readonly all: readonly Credential[] }) {
  const { t } = useWording()
  const count = (...states: Credential['state'][]) => all.filter((one) => states.includes(one.state)).length
  const [refused, expired, expiring] = [count('refused'), count('expired'), count('critical', 'expiring')]
  return (
    <Figures
      items={[
        [t('credentials.figure.refused'), String(refused), refused > 0 ? 'bad' : undefined],
        [t('credentials.figure.expired'), String(expired), expired > 0 ? 'bad' : undefined],
        [t('credentials.figure.expiring'), String(expiring), expiring > 0 ? 'wait' : undefined],
        [t('credentials.figure.fine'), String(count('fine'))],
        [t('credentials.state.unknown'), String(count('unknown'))],
      ]}
    />
  )
}

function OurAddress({ text }: { readonly text: string | null }) {
  const { t } = useWording()
  return (
    <p title={t('credentials.oursHint')}>
      {t('credentials.ours')}{' '}
      {text === null ? (
        <span className="hf-faint">{t('credentials.oursUnknown')}</span>
      ) : (
        <>
          <b className="hf-num">{text}</b>
          <CopyButton text={text} />
        </>
      )}
    </p>
  )
}

function CredentialTable({
  rows,
  onOpen,
}: {
  readonly rows: readonly Credential[]
  readonly onOpen: (id: string) => void
}) {
  const { t, language } = useWording()
  return (
    <Table<Credential>
      size="small"
      rowKey="id"
      dataSource={[...rows]}
      pagination={false}
      scroll={{ x: 'max-content' }}
      onRow={(row) => ({ onClick: () => onOpen(row.id), style: { cursor: 'pointer' } })}
      columns={[
        {
          title: t('credentials.col.name'),
          render: (_, row) => (
            <Button type="link" size="small" style={{ padding: 0 }} onClick={() => onOpen(row.id)}>
              {row.name}
            </Button>
          ),
        },
        {
          title: t('credentials.col.state'),
          render: (_, row) => <CredentialTag one={row} />,
        },
        {
          title: t('credentials.col.first'),
          render: (_, { terms: [first] }) =>
            first === undefined ? (
              <span className="hf-faint">–</span>
            ) : (
              <>
                {language === 'zh' ? first.what.zh : first.what.en} <TimeText at={first.expiresAt} />
              </>
            ),
        },
        {
          title: t('credentials.col.left'),
          align: 'right',
          render: (_, { terms: [first] }) => (first === undefined ? null : <LeftTime term={first} />),
        },
        {
          title: t('credentials.col.refusal'),
          render: (_, { refusals: [last] }) =>
            last === undefined ? null : (
              <span className={last.stands ? 'hf-text-bad' : 'hf-faint'}>
                {t(`credentials.trouble.${last.trouble}`)} <TimeText at={last.lastAt} />
              </span>
            ),
        },
        {
          title: t('credentials.col.refresh'),
          render: (_, row) => (row.refresh?.at ? <TimeText at={row.refresh.at} /> : null),
        },
      ]}
    />
  )
}
