import {
  AlertOutlined,
  ApiOutlined,
  BarcodeOutlined,
  BellOutlined,
  BranchesOutlined,
  ClusterOutlined,
  ColumnHeightOutlined,
  DatabaseOutlined,
  DiffOutlined,
  ExperimentOutlined,
  FieldTimeOutlined,
  FileSearchOutlined,
  FileSyncOutlined,
  HeartOutlined,
  HeatMapOutlined,
  HistoryOutlined,
  ImportOutlined,
  InboxOutlined,
  KeyOutlined,
  LockOutlined,
  MedicineBoxOutlined,
  NodeIndexOutlined,
  NotificationOutlined,
  NumberOutlined,
  PartitionOutlined,
  PrinterOutlined,
  RetweetOutlined,
  RollbackOutlined,
  SendOutlined,
  SettingOutlined,
  ShopOutlined,
  SwapOutlined,
  SyncOutlined,
  TagsOutlined,
  ThunderboltOutlined,
  UnorderedListOutlined,
} from '@ant-design/icons'
import type { ReactNode } from 'react'
import type { TextKey } from '#/i18n/dictionary.ts'

export type NavPage = {
  readonly path: string
  readonly text: TextKey
  readonly icon: ReactNode
  readonly scope?: string
  /** Also for who is confined to some shops. */
  readonly shops?: true
}
export type NavGroup = { readonly text: TextKey | null; readonly pages: readonly NavPage[] }

/** The side navigation, top to bottom. A page that is routed in `router.tsx` gets its line here; groups without pages are not shown. */
export const NAVIGATION: readonly NavGroup[] = [
  {
    text: null,
    pages: [
      {
        path: '/orders',
        text: 'nav.orders',
        icon: <UnorderedListOutlined />,
        scope: 'orders:read',
        shops: true,
      },
      { path: '/review', text: 'nav.review', icon: <AlertOutlined />, scope: 'review:read' },
      { path: '/fulfilment', text: 'nav.fulfilment', icon: <PartitionOutlined />, scope: 'orders:read' },
      { path: '/promises', text: 'nav.promises', icon: <FieldTimeOutlined />, scope: 'orders:read' },
      { path: '/drift', text: 'nav.drift', icon: <DiffOutlined />, scope: 'orders:read' },
      { path: '/skus', text: 'nav.skus', icon: <TagsOutlined />, scope: 'orders:read' },
    ],
  },
  {
    text: 'nav.rulesGroup',
    pages: [
      { path: '/rules', text: 'nav.rules', icon: <BranchesOutlined />, scope: 'rules:read' },
      { path: '/decisions', text: 'nav.decisions', icon: <NodeIndexOutlined />, scope: 'rules:read' },
    ],
  },
  {
    text: 'nav.parcelGroup',
    pages: [
      { path: '/parcels', text: 'nav.parcels', icon: <InboxOutlined />, scope: 'parcels:read' },
      { path: '/waybills', text: 'nav.waybills', icon: <BarcodeOutlined />, scope: 'parcels:read' },
      { path: '/labels', text: 'nav.labels', icon: <PrinterOutlined />, scope: 'parcels:read' },
      { path: '/number-pools', text: 'nav.numberPools', icon: <NumberOutlined />, scope: 'parcels:read' },
      { path: '/reshipments', text: 'nav.reshipments', icon: <RollbackOutlined />, scope: 'parcels:read' },
    ],
  },
  {
    text: 'nav.stockGroup',
    pages: [
      { path: '/stock', text: 'nav.stock', icon: <DatabaseOutlined />, scope: 'stock:read' },
      { path: '/holds', text: 'nav.holds', icon: <LockOutlined />, scope: 'stock:read' },
      { path: '/lock-health', text: 'nav.lockHealth', icon: <HeatMapOutlined />, scope: 'stock:read' },
      { path: '/transfers', text: 'nav.transfers', icon: <RetweetOutlined />, scope: 'stock:read' },
      { path: '/warehouses', text: 'nav.warehouses', icon: <ShopOutlined />, scope: 'stock:read' },
      { path: '/channel-stock', text: 'nav.channelStock', icon: <ClusterOutlined />, scope: 'stock:read' },
    ],
  },
  {
    text: 'nav.inboundGroup',
    pages: [
      {
        path: '/messages',
        text: 'nav.messages',
        icon: <FileSearchOutlined />,
        scope: 'messages:read',
        shops: true,
      },
      { path: '/lanes', text: 'nav.lanes', icon: <ColumnHeightOutlined />, scope: 'messages:read' },
      { path: '/callbacks', text: 'nav.callbacks', icon: <HeartOutlined />, scope: 'connections:read' },
      { path: '/polls', text: 'nav.polls', icon: <SyncOutlined />, scope: 'connections:read' },
      { path: '/mapping', text: 'nav.mapping', icon: <SwapOutlined />, scope: 'mapping:read' },
      { path: '/connections', text: 'nav.connections', icon: <ApiOutlined />, scope: 'connections:read' },
      { path: '/credentials', text: 'nav.credentials', icon: <KeyOutlined />, scope: 'connections:read' },
      { path: '/look-back', text: 'nav.lookBack', icon: <FileSyncOutlined />, scope: 'messages:read' },
      { path: '/imports', text: 'nav.imports', icon: <ImportOutlined />, scope: 'imports:write' },
    ],
  },
  {
    text: 'nav.work',
    pages: [
      { path: '/outbox', text: 'nav.outbox', icon: <SendOutlined />, scope: 'outbox:read' },
      { path: '/webhooks', text: 'nav.webhooks', icon: <NotificationOutlined />, scope: 'webhooks:write' },
      { path: '/outward', text: 'nav.outward', icon: <ThunderboltOutlined />, scope: 'connections:read' },
      { path: '/jobs', text: 'nav.jobs', icon: <HistoryOutlined />, scope: 'jobs:read' },
    ],
  },
  {
    text: 'nav.watch',
    pages: [
      { path: '/alarms', text: 'nav.alarms', icon: <BellOutlined />, scope: 'alarms:read' },
      { path: '/emergency', text: 'nav.emergency', icon: <MedicineBoxOutlined />, scope: 'messages:read' },
      { path: '/drills', text: 'nav.drills', icon: <ExperimentOutlined />, scope: 'drills:read' },
    ],
  },
  {
    text: null,
    pages: [{ path: '/settings', text: 'nav.settings', icon: <SettingOutlined />, shops: true }],
  },
]
