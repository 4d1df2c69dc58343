import { ThunderboltOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Skeleton } from 'antd'
import { ROLES_OF_SYSTEMS } from '#/api/intake-types.ts'
import type { WayOut } from '#/api/outward-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { PageHeader, TeachingEmpty } from '#/parts/small.tsx'
import '#/styles/intake.css'
import '#/styles/outward.css'
import { Decisions } from './decisions.tsx'
import { outwardQuery } from './use-outward.ts'
import { WayDrawer } from './way-drawer.tsx'
import { WayTable } from './way-table.tsx'

/** Whether the hub's calls get out: breakers, budgets, what waits, who stands in. */
export function OutwardPage() {
  const { t, word } = useWording()
  const { open } = useSearch({ from: '/shell/outward' })
  const navigate = useNavigate({ from: '/outward' })
  const show = (id: string | undefined) => {
    void navigate({ search: (previous) => ({ ...previous, open: id }) as typeof previous, replace: true })
  }
  const { data, error, refetch } = useQuery(outwardQuery)
  const ways = [...(data?.connections ?? [])].sort(byTrouble)
  const opened = ways.find((way) => way.id === open)
  return (
    <div className="hf-page">
      <PageHeader title={t('outward.title')} lead={t('outward.lead')} />
      {error && !data ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      {data && ways.length === 0 ? (
        <TeachingEmpty
          icon={<ThunderboltOutlined />}
          title={t('outward.empty.title')}
          hint={t('outward.empty.hint')}
        >
          <Link to="/connections">
            <Button type="primary">{t('outward.empty.do')}</Button>
          </Link>
        </TeachingEmpty>
      ) : null}
      {[...ROLES_OF_SYSTEMS, 'unknown'].map((role) => (
        <WayTable
          key={role}
          title={word('systemRole', role)}
          ways={ways.filter((way) => way.role === role)}
          budgets={data?.accounts ?? []}
          openId={open}
          onOpen={show}
        />
      ))}
      <Decisions ways={ways} />
      {open && data ? (
        <WayDrawer
          id={open}
          way={opened}
          ways={ways}
          budget={data.accounts.find((one) => one.account === opened?.account)}
          onClose={() => show(undefined)}
        />
      ) : null}
    </div>
  )
}

const ORDER = ['open', 'half_open', 'closed'] as const

/** What is wrong stands first. */
function byTrouble(one: WayOut, other: WayOut): number {
  return ORDER.indexOf(one.state) - ORDER.indexOf(other.state) || one.name.localeCompare(other.name)
}
