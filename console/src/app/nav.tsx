import {
  ApiOutlined,
  DiffOutlined,
  FileSearchOutlined,
  HistoryOutlined,
  ImportOutlined,
  SendOutlined,
  SettingOutlined,
  SwapOutlined,
  TagsOutlined,
  UnorderedListOutlined,
} from '@ant-design/icons'
import type { ReactNode } from 'react'
import type { TextKey } from '#/i18n/dictionary.ts'

export type NavPage = {
  readonly path: string
  readonly text: TextKey
  readonly icon: ReactNode
  readonly scope?: string
}
export type NavGroup = { readonly text: TextKey | null; readonly pages: readonly NavPage[] }

/** The side navigation, top to bottom. A page that is routed in `router.tsx` gets its line here; groups without pages are not shown. */
export const NAVIGATION: readonly NavGroup[] = [
  {
    text: null,
    pages: [
      { path: '/orders', text: 'nav.orders', icon: <UnorderedListOutlined />, scope: 'orders:read' },
      { path: '/drift', text: 'nav.drift', icon: <DiffOutlined />, scope: 'orders:read' },
      { path: '/skus', text: 'nav.skus', icon: <TagsOutlined />, scope: 'orders:read' },
    ],
  },
  {
    text: 'nav.inboundGroup',
    pages: [
      { path: '/messages', text: 'nav.messages', icon: <FileSearchOutlined />, scope: 'messages:read' },
      { path: '/mapping', text: 'nav.mapping', icon: <SwapOutlined />, scope: 'mapping:read' },
      { path: '/connections', text: 'nav.connections', icon: <ApiOutlined />, scope: 'connections:read' },
      { path: '/imports', text: 'nav.imports', icon: <ImportOutlined />, scope: 'imports:write' },
    ],
  },
  {
    text: 'nav.work',
    pages: [
      { path: '/outbox', text: 'nav.outbox', icon: <SendOutlined />, scope: 'outbox:read' },
      { path: '/jobs', text: 'nav.jobs', icon: <HistoryOutlined />, scope: 'jobs:read' },
    ],
  },
  { text: null, pages: [{ path: '/settings', text: 'nav.settings', icon: <SettingOutlined /> }] },
]
