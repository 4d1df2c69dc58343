import { useNavigate, useSearch } from '@tanstack/react-router'
import { Tabs } from 'antd'
import type { PromisesSearch } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'
import '#/styles/intake.css'
import '#/styles/promises.css'
import { CalendarsTab } from './calendars-tab.tsx'
import { DeadlineQueue } from './deadline-queue.tsx'
import { RulesTab } from './rules-tab.tsx'

/** How long every order has, and the rules and calendars behind it. */
export function PromisesPage() {
  const { t } = useWording()
  const { tab = 'queue' } = useSearch({ from: '/shell/promises' })
  const navigate = useNavigate({ from: '/promises' })
  const open = (key: string) =>
    void navigate({ search: key === 'queue' ? {} : ({ tab: key } as PromisesSearch) })
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('promises.title')} lead={t('promises.lead')} />
      <Tabs
        activeKey={tab}
        onChange={open}
        items={(['queue', 'rules', 'calendars'] as const).map((key) => ({
          key,
          label: t(`promises.tab.${key}`),
        }))}
      />
      {tab === 'queue' ? <DeadlineQueue onAddRule={() => open('rules')} /> : null}
      {tab === 'rules' ? <RulesTab /> : null}
      {tab === 'calendars' ? <CalendarsTab /> : null}
    </div>
  )
}
