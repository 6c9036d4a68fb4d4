// Throughline chat widget. <script src="…/widget.js" data-tenant="demo" data-token="signed visitor token, optional"></script>
(() => {
  'use strict';
  var script = document.currentScript;
  var base = new URL(script.src).origin;
  var tenant = script.dataset.tenant || '';
  var storeKey = 'throughline-chat:' + base + ':' + tenant;
  var given = script.dataset.token || '';
  var state = load();
  var socket = null;
  var attached = false;
  var retry = 0;
  var attempts = 0;
  var lost = false;

  // What survives a reload: the visitor's token, what was not acknowledged, how far was read, and the last lines.
  function load() {
    var empty = { token: '', cursor: 0, unsent: [], lines: [] };
    try {
      return Object.assign(empty, JSON.parse(localStorage.getItem(storeKey) || '{}'));
    } catch (error) {
      return empty;
    }
  }
  function save() {
    state.lines = state.lines.slice(-100);
    try {
      localStorage.setItem(storeKey, JSON.stringify(state));
    } catch (error) {
      // Private windows may refuse; the chat then lasts as long as the page.
    }
  }

  var host = document.createElement('div');
  var root = host.attachShadow({ mode: 'open' });
  root.innerHTML =
    '<style>' +
    ':host{all:initial}*{box-sizing:border-box;font:15px/1.45 system-ui,sans-serif}' +
    '.open{position:fixed;right:1rem;bottom:1rem;padding:.8rem 1.2rem;border:0;border-radius:2rem;background:#0b5cad;color:#fff;cursor:pointer}' +
    '.box{position:fixed;right:1rem;bottom:1rem;width:min(22rem,calc(100vw - 2rem));height:min(30rem,calc(100vh - 2rem));display:flex;flex-direction:column;background:#fff;color:#1c2430;border:1px solid #b9c2cf;border-radius:.8rem;overflow:hidden;box-shadow:0 8px 30px #0003}' +
    '.box[hidden]{display:none}header{display:flex;justify-content:space-between;align-items:center;background:#0b5cad;color:#fff;padding:.6rem .9rem}' +
    'header button{background:none;border:0;color:#fff;font-size:1.2rem;cursor:pointer}' +
    '.log{flex:1;overflow-y:auto;padding:.8rem;display:flex;flex-direction:column;gap:.5rem}' +
    '.log p{margin:0;padding:.5rem .7rem;border-radius:.7rem;max-width:85%;white-space:pre-wrap;overflow-wrap:anywhere}' +
    '.me{align-self:flex-end;background:#dcebfb}.them{align-self:flex-start;background:#eef1f4}.unsent{opacity:.6}' +
    '.ask{align-self:flex-start;display:flex;flex-wrap:wrap;gap:.4rem;align-items:center}.ask button{min-width:2.6rem;min-height:2.6rem;border:1px solid #0b5cad;border-radius:.6rem;background:#fff;color:#0b5cad;cursor:pointer}.ask button[aria-pressed=true]{background:#0b5cad;color:#fff}' +
    '.log a{font:inherit;color:#0b5cad}' +
    '.state{padding:0 .9rem;min-height:1.4em;color:#5b6675;font-size:13px}' +
    'form{display:flex;border-top:1px solid #d5dbe3}textarea{flex:1;border:0;padding:.7rem;resize:none;height:3.2rem}' +
    'form button{border:0;background:#0b5cad;color:#fff;padding:0 1rem;cursor:pointer}' +
    ':focus-visible{outline:3px solid #f5a623;outline-offset:-3px}' +
    '</style>' +
    '<button class="open" type="button" aria-haspopup="dialog">Chat with us</button>' +
    '<section class="box" role="dialog" aria-label="Chat" hidden><header><strong>Chat</strong><button type="button" aria-label="Close the chat">×</button></header>' +
    '<div class="log" role="log" aria-live="polite" tabindex="0"></div><div class="state" role="status"></div>' +
    '<form><textarea aria-label="Your message" maxlength="10000" required placeholder="Write a message"></textarea><button type="submit">Send</button></form></section>';
  var find = (selector) => root.querySelector(selector);

  // What is shown stays where it is: a button that was pressed keeps the focus, and only what is new is read aloud.
  var shown = new Map();
  function render() {
    var log = find('.log');
    var grown = false;
    shown.forEach((item, line) => {
      if (state.lines.indexOf(line) < 0) {
        item.parts.forEach((part) => part.remove());
        shown.delete(line);
      }
    });
    state.lines.forEach((line) => {
      var item = shown.get(line);
      if (!item) {
        item = show(line);
        item.parts.forEach((part) => log.appendChild(part));
        shown.set(line, item);
        grown = true;
      }
      item.refresh();
    });
    if (grown) toEnd();
    say(find('.state'), lost ? 'Connection lost. Trying again…' : '');
  }
  function toEnd() {
    var log = find('.log');
    log.scrollTop = log.scrollHeight;
  }
  function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function show(line) {
    var p = document.createElement('p');
    if (line.mine) p.textContent = line.text;
    else withLinks(p, line.text);
    var ask = line.question ? choices(line) : null;
    return {
      parts: ask ? [p, ask.group] : [p],
      refresh: () => {
        var unsent = line.mine && state.unsent.some((entry) => entry.clientId === line.id);
        p.className = (line.mine ? 'me' : 'them') + (unsent ? ' unsent' : '');
        if (ask) ask.refresh();
      },
    };
  }

  // Addresses of pages in what we say can be pressed; long ones show their host alone. Everything else of a text stays text.
  function withLinks(p, text) {
    text.split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/).forEach((part, i) => {
      if (i % 2 === 0 || !URL.canParse(part)) {
        p.appendChild(document.createTextNode(part));
        return;
      }
      const link = document.createElement('a');
      link.href = part;
      link.target = '_blank';
      link.rel = 'noopener noreferrer';
      link.textContent = part.length > 40 ? new URL(part).host + '/…' : part;
      p.appendChild(link);
    });
  }

  // The values of a question that a message asks, as buttons; after the answer they say thank you.
  function choices(line) {
    const question = line.question;
    const group = document.createElement('div');
    const thanks = document.createElement('span');
    const buttons = new Map();
    group.className = 'ask';
    group.setAttribute('role', 'group');
    group.setAttribute('aria-label', question.text);
    if (question.language) group.lang = question.language;
    for (let value = question.lowest; value <= question.highest; value++) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = String(value);
      if (value === question.lowest && question.lowestMeans)
        button.setAttribute('aria-label', value + ', ' + question.lowestMeans);
      if (value === question.highest && question.highestMeans)
        button.setAttribute('aria-label', value + ', ' + question.highestMeans);
      button.addEventListener('click', choose.bind(null, line, value));
      buttons.set(value, button);
      group.appendChild(button);
    }
    group.appendChild(thanks);
    return {
      group: group,
      refresh: () => {
        buttons.forEach((button, value) => button.setAttribute('aria-pressed', String(line.answer === value)));
        say(thanks, line.thanked ? question.thanks : '');
      },
    };
  }
  function choose(line, value) {
    line.answer = value;
    line.thanked = false;
    deliver({ clientId: newId(), questionId: line.question.questionId, value: value });
  }

  function token() {
    if (given) return Promise.resolve(given);
    if (state.token) return Promise.resolve(state.token);
    return fetch(base + '/chat/v1/sessions?tenant=' + encodeURIComponent(tenant), { method: 'POST' })
      .then((response) => {
        if (!response.ok) throw new Error('no session');
        return response.json();
      })
      .then((answer) => {
        state.token = answer.token;
        save();
        return answer.token;
      });
  }

  function connect() {
    // One attempt at a time: opening the box again must not start a second line of them.
    if (attached) return;
    attached = true;
    var opened = false;
    token()
      .then((value) => {
        socket = new WebSocket(
          base.replace(/^http/, 'ws') + '/chat/v1?after=' + state.cursor + '&token=' + encodeURIComponent(value),
        );
        socket.onopen = () => {
          opened = true;
          attempts = 0;
          lost = false;
          // Everything not acknowledged goes again under its own id: the server counts it once.
          state.unsent.forEach(transmit);
          render();
        };
        socket.onmessage = (event) => {
          hear(JSON.parse(event.data));
        };
        socket.onclose = () => {
          socket = null;
          attached = false;
          // A token that was never accepted may have expired.
          if (!opened && !given) state.token = '';
          again();
        };
      })
      .catch(() => {
        attached = false;
        again();
      });
  }
  function again() {
    lost = true;
    render();
    attempts += 1;
    var wait = Math.min(30000, 500 * 2 ** attempts);
    clearTimeout(retry);
    retry = setTimeout(connect, wait / 2 + (Math.random() * wait) / 2);
  }
  function transmit(entry) {
    if (socket?.readyState !== 1) return;
    var frame = entry.questionId
      ? { type: 'answer', clientId: entry.clientId, questionId: entry.questionId, value: entry.value }
      : { type: 'message', clientId: entry.clientId, text: entry.text };
    socket.send(JSON.stringify(frame));
  }
  function hear(frame) {
    if (frame.type === 'ack') {
      state.unsent.forEach((entry) => {
        if (entry.clientId !== frame.clientId || !entry.questionId) return;
        state.lines.forEach((line) => {
          if (line.question && line.question.questionId === entry.questionId) line.thanked = true;
        });
      });
      state.unsent = state.unsent.filter((entry) => entry.clientId !== frame.clientId);
    } else if (frame.type === 'message' && frame.cursor > state.cursor) {
      state.cursor = frame.cursor;
      state.lines.push({ id: frame.id, text: frame.text, mine: false, question: frame.question });
      socket.send(JSON.stringify({ type: 'received', cursor: frame.cursor }));
    } else if (frame.reason === 'QUESTION_UNKNOWN' || frame.reason === 'VALUE_OUT_OF_SCALE') {
      const refused = state.unsent.find((entry) => entry.clientId === frame.clientId);
      state.unsent = state.unsent.filter((entry) => entry !== refused);
      state.lines.forEach((line) => {
        if (refused && line.question && line.question.questionId === refused.questionId) line.answer = undefined;
      });
    } else if (frame.type === 'error' && frame.clientId) {
      setTimeout(() => {
        state.unsent.filter((entry) => entry.clientId === frame.clientId).forEach(transmit);
      }, 2000);
    }
    save();
    render();
  }
  function newId() {
    return crypto.randomUUID ? crypto.randomUUID() : String(Date.now()) + Math.random().toString(16).slice(2);
  }
  function deliver(entry) {
    state.unsent.push(entry);
    save();
    transmit(entry);
    render();
  }
  function send(text) {
    var entry = { clientId: newId(), text: text };
    state.lines.push({ id: entry.clientId, text: text, mine: true });
    deliver(entry);
  }

  find('.open').addEventListener('click', () => {
    find('.box').hidden = false;
    find('.open').hidden = true;
    // What came or was loaded while it was closed has taken no room.
    toEnd();
    if (!socket) connect();
    find('textarea').focus();
  });
  find('header button').addEventListener('click', () => {
    find('.box').hidden = true;
    find('.open').hidden = false;
    find('.open').focus();
  });
  find('form').addEventListener('submit', (event) => {
    event.preventDefault();
    var field = find('textarea');
    if (field.value.trim()) send(field.value);
    field.value = '';
    field.focus();
  });
  find('textarea').addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    find('form').requestSubmit();
  });
  render();
  document.body.appendChild(host);
})();
