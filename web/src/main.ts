import './styles/tokens.css';
import './styles/components.css';
import './styles/console.css';

import { mount } from 'svelte';
import App from './App.svelte';
import { start } from './live.svelte';
import { applySettings } from './settings.svelte';

applySettings(); // Before the first paint, so that no theme flashes by.
mount(App, { target: document.getElementById('console')! });
start();
