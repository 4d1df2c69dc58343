import { HeartOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Alert, Skeleton } from 'antd'
import type { CallbackList } from '#/api/callback-types.ts'
import { get } from '#/api/client.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { PageHeader, TeachingEmpty } from '#/parts/small.tsx'
import '#/styles/intake.css'
import '#/styles/callbacks.css'
import { CallbackDrawer } from './callback-drawer.tsx'
import { CallbackTable } from './callback-table.tsx'
import { TlsCards } from './tls-cards.tsx'

/** Whether platforms still reach us: who has gone silent, whom we refuse, how long the certificate lasts. */
export function CallbacksPage() {
  const { t, count } = useWording()
  const { open } = useSearch({ from: '/shell/callbacks' })
  const navigate = useNavigate({ from: '/callbacks' })
  const go = (id: string | undefined) =>
    void navigate({ search: (previous) => ({ ...previous, open: id }) as { open?: string }, replace: true })
  const { data, error, refetch } = useQuery({
    queryKey: ['callbacks'],
    queryFn: ({ signal }) => get<CallbackList>('/api/callbacks', {}, signal),
    refetchInterval: 5_000,
  })
  const strangers = data?.unknown.rejected ?? 0
  return (
    <div className="hf-page">
      <PageHeader title={t('callbacks.title')} lead={t('callbacks.lead')} />
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      {data?.items.length === 0 ? (
        <TeachingEmpty
          icon={<HeartOutlined />}
          title={t('callbacks.empty.title')}
          hint={t('callbacks.empty.hint')}
        >
          <Link to="/connections" search={{ add: '1' }}>
            {t('callbacks.empty.connect')}
          </Link>
        </TeachingEmpty>
      ) : null}
      {data && data.items.length > 0 ? (
        <>
          {data.publicUrl === null ? (
            <Alert className="hf-callbacks-note" type="info" showIcon title={t('callbacks.noPublicUrl')} />
          ) : null}
          <CallbackTable items={data.items} openId={open} onOpen={go} />
          {strangers > 0 ? (
            <p className="hf-faint">{t('callbacks.strangers', { n: count(strangers) })}</p>
          ) : null}
        </>
      ) : null}
      {data ? <TlsCards publicUrl={data.publicUrl} /> : null}
      {open ? <CallbackDrawer id={open} onClose={() => go(undefined)} /> : null}
    </div>
  )
}
