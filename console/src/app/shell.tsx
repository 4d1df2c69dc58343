import {
  ApiOutlined,
  ExperimentOutlined,
  LogoutOutlined,
  MenuFoldOutlined,
  MenuUnfoldOutlined,
  QuestionCircleOutlined,
  SearchOutlined,
  UserOutlined,
} from '@ant-design/icons'
import { Link, Outlet, useLocation, useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Dropdown, Input, Layout, type MenuProps, Tooltip } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { useCan, useConfined, useSession, useSignOut } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { useLocalState } from '#/lib/local-state.ts'
import { isDrillSandbox } from '#/lib/time.ts'
import { KeyboardHelp } from '#/parts/keyboard-help.tsx'
import { joinNumbers } from '#/parts/number-search.ts'
import { AlarmBell } from './alarm-bell.tsx'
import { LevelBanner } from './level-banner.tsx'
import { NAVIGATION, type NavPage } from './nav.tsx'
import { LanguageSwitch, ThemeSwitch } from './switches.tsx'

const Overlays = lazy(() => import('./overlays.tsx').then((module) => ({ default: module.Overlays })))

/** Frame of every signed-in page: navigation, search, session, and the drawers that any page can open by URL. */
export function Shell() {
  const { t } = useWording()
  const { hub } = useSession()
  const { order, message } = useSearch({ from: '/shell' })
  const [folded, setFolded] = useLocalState('nav.folded', false)
  return (
    <Layout className="hf-shell">
      <a className="hf-skip" href="#main">
        {t('shell.skip')}
      </a>
      <SideNavigation folded={folded} onFold={() => setFolded(!folded)} />
      <Layout>
        {hub.simulated ? (
          <aside className="hf-simulated" aria-label={t('shell.simulatedShort')}>
            <ExperimentOutlined aria-hidden="true" />{' '}
            {t(isDrillSandbox() ? 'shell.drill' : 'shell.simulated')}
          </aside>
        ) : null}
        <LevelBanner />
        <TopBar />
        <main id="main" className="hf-main" tabIndex={-1}>
          <Outlet />
        </main>
      </Layout>
      {order || message ? (
        <Suspense fallback={null}>
          <Overlays />
        </Suspense>
      ) : null}
      <KeyboardHelp />
    </Layout>
  )
}

function SideNavigation({ folded, onFold }: { readonly folded: boolean; readonly onFold: () => void }) {
  const { t } = useWording()
  const can = useCan()
  const confined = useConfined()
  const groups = NAVIGATION.map((group) => ({
    ...group,
    pages: group.pages.filter(
      (page) => (page.scope === undefined || can(page.scope)) && (!confined || page.shops === true),
    ),
  })).filter((group) => group.pages.length > 0)
  return (
    <nav className={`hf-nav ${folded ? 'hf-nav-folded' : ''}`} aria-label={t('nav.main')}>
      <Link to="/orders" className="hf-brand" {...(folded ? { 'aria-label': 'Holdfast' } : {})}>
        <img src="/favicon.svg" alt="" width={26} height={26} />
        {folded ? null : (
          <span>
            <b>Holdfast</b>
            <small>{t('app.name')}</small>
          </span>
        )}
      </Link>
      <div className="hf-nav-scroll">
        {groups.map((group) => (
          <ul key={group.pages[0]?.path} aria-label={group.text ? t(group.text) : undefined}>
            {group.text && !folded ? (
              <li className="hf-nav-group" aria-hidden="true">
                {t(group.text)}
              </li>
            ) : null}
            {group.pages.map((page) => (
              <li key={page.path}>
                <NavLink page={page} folded={folded} />
              </li>
            ))}
          </ul>
        ))}
      </div>
      <button
        type="button"
        className="hf-nav-fold"
        onClick={onFold}
        aria-label={t(folded ? 'nav.expand' : 'nav.collapse')}
      >
        {folded ? <MenuUnfoldOutlined /> : <MenuFoldOutlined />}
        {folded ? null : <span>{t('nav.collapse')}</span>}
      </button>
    </nav>
  )
}

function NavLink({ page, folded }: { readonly page: NavPage; readonly folded: boolean }) {
  const { t } = useWording()
  const link = (
    <Link
      to={page.path}
      className="hf-nav-link"
      activeProps={{ 'aria-current': 'page' }}
      activeOptions={{ exact: false }}
    >
      {page.icon}
      {folded ? <span className="hf-hidden">{t(page.text)}</span> : <span>{t(page.text)}</span>}
    </Link>
  )
  return folded ? (
    <Tooltip title={t(page.text)} placement="right">
      {link}
    </Tooltip>
  ) : (
    link
  )
}

function TopBar() {
  return (
    <header className="hf-top">
      <GlobalSearch />
      <div className="hf-top-tools">
        <AlarmBell />
        <LanguageSwitch />
        <ThemeSwitch />
        <HelpButton />
        <UserMenu />
      </div>
    </header>
  )
}

/** Numbers pasted from a sheet or chat come on many lines; they become one search over all orders. */
function GlobalSearch() {
  const { t } = useWording()
  const navigate = useNavigate()
  const [text, setText] = useState('')
  const submit = (value: string) => {
    const q = joinNumbers(value)
    if (q !== '') void navigate({ to: '/orders', search: { q } })
    setText('')
  }
  return (
    <Input
      className="hf-global-search"
      prefix={<SearchOutlined aria-hidden="true" />}
      placeholder={t('shell.search')}
      aria-label={t('shell.searchLabel')}
      value={text}
      allowClear
      onChange={(event) => setText(event.target.value)}
      onPaste={(event) => {
        const pasted = event.clipboardData.getData('text')
        if (!pasted.includes('\n')) return
        event.preventDefault()
        submit(pasted)
      }}
      onPressEnter={() => submit(text)}
    />
  )
}

function HelpButton() {
  const { t } = useWording()
  return (
    <Button
      type="text"
      className="hf-tool"
      icon={<QuestionCircleOutlined />}
      aria-label={t('shell.help')}
      title={`${t('shell.help')} (?)`}
      onClick={() => window.dispatchEvent(new Event('holdfast:help'))}
    />
  )
}

function UserMenu() {
  const { t, word } = useWording()
  const { user, hub } = useSession()
  const navigate = useNavigate()
  const { pathname } = useLocation()
  const signOut = useSignOut()
  const items: MenuProps['items'] = [
    {
      key: 'who',
      type: 'group',
      label: `${user.name} · ${word('role', user.role)} · v${hub.version}`,
      children: [
        {
          key: 'profile',
          icon: <UserOutlined />,
          label: t('shell.profile'),
          disabled: pathname === '/profile',
        },
        { key: 'docs', icon: <ApiOutlined />, label: t('shell.apiDocs') },
        { key: 'out', icon: <LogoutOutlined />, label: t('shell.signOut') },
      ],
    },
  ]
  const onClick: MenuProps['onClick'] = ({ key }) => {
    if (key === 'profile') void navigate({ to: '/settings', search: { tab: 'profile' } })
    if (key === 'docs') window.open('/api/docs', '_blank', 'noopener')
    if (key === 'out') void signOut()
  }
  return (
    <Dropdown trigger={['click']} menu={{ items, onClick }}>
      <Button type="text" className="hf-tool hf-user" aria-label={`${user.name} · ${t('shell.userMenu')}`}>
        <span className="hf-avatar" aria-hidden="true" data-letter={[...user.name][0]?.toUpperCase()} />
        <span>{user.name}</span>
      </Button>
    </Dropdown>
  )
}
