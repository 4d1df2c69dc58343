import { useNavigate, useSearch } from '@tanstack/react-router'
import { Tabs } from 'antd'
import type { ChannelStockSearch } from '#/app/channel-stock-search.ts'
import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'
import '#/styles/channel-stock.css'
import '#/styles/intake.css'
import '#/styles/promises.css'
import { BundleTab } from './bundle-tab.tsx'
import { GiftTab } from './gift-tab.tsx'
import { ListingTab } from './listing-tab.tsx'
import { PolicyTab } from './policy-tab.tsx'

const TABS = ['listings', 'policies', 'bundles', 'gifts'] as const

/** What every channel sees of the stock, by which rules, and what it was told. */
export function ChannelStockPage() {
  const { t } = useWording()
  const { tab = 'listings' } = useSearch({ from: '/shell/channel-stock' })
  const navigate = useNavigate({ from: '/channel-stock' })
  const open = (key: string) =>
    void navigate({ search: key === 'listings' ? {} : ({ tab: key } as ChannelStockSearch) })
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('channelStock.title')} lead={t('channelStock.lead')} />
      <Tabs
        activeKey={tab}
        onChange={open}
        items={TABS.map((key) => ({ key, label: t(`channelStock.tab.${key}`) }))}
      />
      {tab === 'listings' ? <ListingTab onPolicies={() => open('policies')} /> : null}
      {tab === 'policies' ? <PolicyTab /> : null}
      {tab === 'bundles' ? <BundleTab /> : null}
      {tab === 'gifts' ? <GiftTab /> : null}
    </div>
  )
}
